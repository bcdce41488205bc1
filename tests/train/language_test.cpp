// SPDX-License-Identifier: Apache-2.0
// Language models on text: training, evaluation, run folders, exact resume.
#include "ridgeback/core/error.hpp"
#include "ridgeback/data/text.hpp"
#include "ridgeback/io/metrics.hpp"
#include "ridgeback/nn/gpt.hpp"
#include "ridgeback/train/run_folder.hpp"
#include "ridgeback/train/trainer.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <gtest/gtest.h>

#include "harness/device.hpp"
#include "harness/temporary_folder.hpp"
#include "train/all_values.hpp"

namespace ridgeback::train {
namespace {

class LanguageRun : public test::TemporaryFolder {};

// Words in an order that a generator chooses: letters follow each other by rules.
const data::Dataset& text() {
  static const data::Dataset dataset = [] {
    const std::vector<std::string> words{"one ", "two ", "three ", "four ", "five\n"};
    std::string all;
    Random random(1);
    while (all.size() < 3000) all += words[random.below(5)];
    const data::Vocabulary v = data::Vocabulary::characters_of(all, "words");
    return data::text_dataset("words", v, 16, v.encode(all.substr(0, 2400), "words"),
                              v.encode(all.substr(2400, 300), "words"));
  }();
  return dataset;
}

nn::Gpt small_model(const quant::Precision& precision = {}, float dropout = 0) {
  nn::GptOptions o;
  o.vocabulary = text().classes;
  o.context = 16;
  o.width = 32;
  o.layers = 1;
  o.heads = 2;
  o.precision = precision;
  o.dropout = dropout;
  return nn::gpt(o);
}

FitOptions small_fit(const std::string& out = {}) {
  FitOptions options;
  options.steps = 24;
  options.batch = 8;
  options.seed = 5;
  options.out = out;
  options.evaluation_steps = 8;
  return options;
}

const quant::Precision one_bit{.weights = 1, .activations = 1};

TEST(Language, AFewStepsLowerTheLoss) {
  for (const auto& precision : {quant::Precision{}, one_bit}) {
    Trainer trainer(test::test_device(), small_model(precision), optim::adam({.rate = 1e-2F}));
    const FitResult result = trainer.fit(text(), small_fit());
    // 18 batches an epoch: evaluations after 8, 16, 18 and 24 steps.
    ASSERT_EQ(result.epochs.size(), 4U);
    EXPECT_EQ(result.epochs[2].step, 18);
    EXPECT_EQ(result.epochs[2].epoch, 1);
    EXPECT_EQ(result.epochs[3].epoch, 2);
    const double at_first = std::log(static_cast<double>(text().classes));
    EXPECT_LT(result.epochs[0].train_loss, at_first + 0.3);
    EXPECT_LT(result.epochs[3].test_loss, 0.85 * result.epochs[0].test_loss);
    EXPECT_GT(result.epochs[3].test_accuracy, 0.3);
    EXPECT_TRUE(result.epochs[3].text);
  }
}

TEST(Language, EvaluationIsTheMeanOverAllTokens) {
  const nn::Gpt model = small_model();
  initialize(test::test_device(), model, 3);
  nn::Context context(nn::Context::Mode::evaluation);
  const ForwardFunction forward = [&](const Tensor& x, nn::Context& c) {
    return model.forward(x, c);
  };
  // 18 windows in batches of 5: the last one is padded.
  Evaluator evaluator(test::test_device(), forward, context, SampleSpec(text()), 5);
  const Evaluation got = evaluator.run(text(), text().test);
  EXPECT_EQ(got.count, 18);
  const std::vector<float> logits = evaluator.logits(text(), text().test);
  const auto v = static_cast<std::size_t>(text().classes);
  ASSERT_EQ(logits.size(), 18 * 16 * v);
  double loss = 0, right = 0;
  for (std::size_t i = 0; i < 18 * 16; ++i) {
    const float* row = logits.data() + i * v;
    const std::uint32_t next = text().test.tokens[i + 1];
    double sum = 0;
    for (std::size_t c = 0; c < v; ++c) sum += std::exp(static_cast<double>(row[c] - row[next]));
    loss += std::log(sum);
    right += std::max_element(row, row + v) - row == next ? 1 : 0;
  }
  EXPECT_NEAR(got.loss, loss / (18 * 16), 1e-5);
  EXPECT_DOUBLE_EQ(got.accuracy, right / (18 * 16));
  EXPECT_NEAR(bits_of_loss(std::log(8.0)), 3, 1e-12);
  EXPECT_NEAR(perplexity_of_loss(std::log(8.0)), 8, 1e-12);
  EXPECT_EQ(evaluation_batch(SampleSpec(text())), 256);
  EXPECT_EQ(evaluation_batch(SampleSpec(784)), 250);
}

TEST_F(LanguageRun, AResumedRunEndsInTheSameBits) {
  const std::string whole = (folder() / "whole").string();
  const std::string parts = (folder() / "parts").string();
  Trainer one(test::test_device(), small_model(one_bit, 0.1F), optim::adam({.rate = 3e-3F}));
  const FitResult expected = one.fit(text(), small_fit(whole));
  for (const int last : {5, 19, 100}) {
    Trainer trainer(test::test_device(), small_model(one_bit, 0.1F), optim::adam({.rate = 3e-3F}));
    FitOptions options = small_fit(parts);
    options.resume = last != 5;
    std::int64_t step = 0;
    options.on_step = [&](const StepRecord& record) { step = record.step; };
    options.stop = [&] { return step >= last; };
    const FitResult result = trainer.fit(text(), options);
    if (last < 100) continue;
    EXPECT_EQ(all_values(trainer.module()), all_values(one.module()));
    ASSERT_EQ(result.epochs.size(), expected.epochs.size());
    for (std::size_t i = 0; i < result.epochs.size(); ++i) {
      EXPECT_EQ(result.epochs[i].test_loss, expected.epochs[i].test_loss) << i;
      EXPECT_EQ(result.epochs[i].train_loss, expected.epochs[i].train_loss) << i;
      EXPECT_TRUE(result.epochs[i].text);
    }
  }
}

TEST_F(LanguageRun, TheFolderHoldsModelAndVocabulary) {
  const std::string run = (folder() / "run").string();
  Trainer trainer(test::test_device(), small_model(one_bit), optim::adam({.rate = 3e-3F}));
  const FitResult result = trainer.fit(text(), small_fit(run));
  const auto records = io::read_metrics(run + "/metrics.jsonl");
  ASSERT_EQ(records.size(), 4U);
  const double loss = *records[3].number("test_loss");
  EXPECT_EQ(loss, result.epochs[3].test_loss);
  EXPECT_NEAR(*records[3].number("test_bits"), loss / std::log(2.0), 1e-9);
  EXPECT_NEAR(*records[3].number("test_perplexity"), std::exp(loss), 1e-6);
  EXPECT_TRUE(std::filesystem::exists(run + "/curves.svg"));
  const TrainedModel model = load_run(test::test_device(), run);
  EXPECT_EQ(model.info.tokens, "characters");
  EXPECT_EQ(model.info.class_names, text().class_names);
  EXPECT_EQ(model.info.sample_shape, Shape{16});
  EXPECT_EQ(model.module->describe(), trainer.module().describe());
  EXPECT_EQ(all_values(*model.module), all_values(trainer.module()));
}

TEST(Language, AModelOfAnotherSizeIsRefused) {
  nn::GptOptions o;
  o.vocabulary = 3;
  o.context = 8;
  o.width = 8;
  o.heads = 2;
  Trainer trainer(test::test_device(), nn::gpt(o), optim::adam());
  EXPECT_THROW((void)trainer.fit(text(), small_fit()), InvalidArgument)
      << "context 8, windows of 16";
}

}  // namespace
}  // namespace ridgeback::train
