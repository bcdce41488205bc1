// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/deploy/generate.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/data/text.hpp"
#include "ridgeback/deploy/packed_model.hpp"
#include "ridgeback/nn/gpt.hpp"
#include "ridgeback/train/evaluate.hpp"
#include "ridgeback/train/trainer.hpp"

#include <array>
#include <gtest/gtest.h>

#include "harness/device.hpp"
#include "harness/temporary_folder.hpp"

namespace ridgeback::deploy {
namespace {

nn::GptOptions options_of(const quant::Precision& precision, bool tie, bool all) {
  nn::GptOptions o;
  o.vocabulary = 7;
  o.context = 8;
  o.width = 16;
  o.heads = 2;
  o.precision = precision;
  o.tie = tie;
  o.quantize_all = all;
  return o;
}

data::Dataset letters() {
  const data::Vocabulary v = data::Vocabulary::characters_of("abcdefg", "t");
  std::vector<std::uint32_t> tokens;
  for (std::uint32_t i = 0; i < 41; ++i) tokens.push_back((i * 3 + i / 5) % 7);
  return data::text_dataset("letters", v, 8, tokens, tokens);
}

io::ModelInfo info() {
  return {Shape{8}, 0, 1, letters().class_names, "characters"};
}

Generator::Forward forward_of(const nn::Module& model) {
  return [&model](const Tensor& x, nn::Context& context) { return model.forward(x, context); };
}

class Generated : public test::TemporaryFolder {};

TEST_F(Generated, LogitsAreThoseOfEvaluationAndOfThePackedModel) {
  const quant::Precision one_bit{.weights = 1, .activations = 1};
  for (const auto& options : {options_of({}, false, false), options_of(one_bit, false, false),
                              options_of({.weights = 2, .activations = 4}, true, true)}) {
    const nn::Gpt model = nn::gpt(options);
    train::initialize(test::test_device(), model, 2);
    const data::Dataset data = letters();
    nn::Context context(nn::Context::Mode::evaluation);
    train::Evaluator evaluator(test::test_device(), forward_of(model), context,
                               train::SampleSpec(data), 1);
    const std::vector<float> all = evaluator.logits(data, data.test);
    const auto row = [&](std::size_t place) {
      const auto at = all.begin() + static_cast<std::ptrdiff_t>(place * 7);
      return std::vector<float>(at, at + 7);
    };

    const std::string path = (folder() / "model.safetensors").string();
    (void)save_packed(test::test_device(), model, info(), path);
    const PackedModel packed = PackedModel::load(path);
    EXPECT_EQ(packed.info(), info());
    const auto packed_forward = [&](const Tensor& x, nn::Context& c) {
      return packed.forward(x, c);
    };
    Generator live(test::test_device(), forward_of(model), 8);
    Generator deployed(test::test_device(), packed_forward, 8);
    const std::span<const std::uint32_t> tokens = data.test.tokens;
    for (const std::size_t seen : {1U, 3U, 8U}) {
      EXPECT_EQ(live.next_logits(tokens.first(seen)), row(seen - 1)) << seen;
      EXPECT_EQ(deployed.next_logits(tokens.first(seen)), row(seen - 1)) << seen;
    }
    // Of a longer text the last window counts: here the second one of the split.
    EXPECT_EQ(live.next_logits(tokens.first(16)), row(15));
  }
}

TEST(Generate, TheSameSeedWritesTheSameText) {
  const nn::Gpt model = nn::gpt(options_of({.weights = 4, .activations = 4}, false, false));
  train::initialize(test::test_device(), model, 2);
  Generator generator(test::test_device(), forward_of(model), 8);
  EXPECT_EQ(generator.context(), 8);
  EXPECT_EQ(generator.vocabulary(), 7);
  const std::vector<std::uint32_t> prompt{1, 2};
  const SamplingOptions options{.length = 20, .seed = 4};
  const auto text = generator.generate(prompt, options);
  EXPECT_EQ(text.size(), 20U);
  EXPECT_EQ(generator.generate(prompt, options), text);
  EXPECT_NE(generator.generate(prompt, {.length = 20, .seed = 5}), text);
  // Greedy text does not depend on the seed.
  const SamplingOptions greedy{.length = 9, .temperature = 0, .seed = 1};
  SamplingOptions other = greedy;
  other.seed = 2;
  EXPECT_EQ(generator.generate(prompt, greedy), generator.generate(prompt, other));
  other.temperature = 1;
  other.top_k = 1;
  EXPECT_EQ(generator.generate(prompt, greedy), generator.generate(prompt, other));
  int calls = 0;
  EXPECT_EQ(generator.generate(prompt, options, [&](std::uint32_t) { return ++calls < 3; }).size(),
            3U);
}

TEST(Generate, RefusesWhatItCannotStartFrom) {
  const nn::Gpt model = nn::gpt(options_of({}, false, false));
  train::initialize(test::test_device(), model, 2);
  Generator generator(test::test_device(), forward_of(model), 8);
  EXPECT_THROW((void)generator.next_logits({}), InvalidArgument);
  EXPECT_THROW((void)generator.next_logits(std::vector<std::uint32_t>{7}), InvalidArgument);
  EXPECT_THROW((void)generator.generate(std::vector<std::uint32_t>{1}, {.length = -1}),
               InvalidArgument);
  EXPECT_THROW(Generator(test::test_device(), forward_of(model), 9), InvalidArgument);
}

TEST(DrawToken, FollowsTheDistribution) {
  // Probabilities 0.5, 0.25, 0.125, 0.125 by rising index.
  const std::array<float, 4> logits{-2.0794415F, -0.6931472F, -2.0794415F, -1.3862944F};
  const auto draw = [&](double temperature, std::int64_t top_k, double uniform) {
    return draw_token(logits, temperature, top_k, uniform);
  };
  EXPECT_EQ(draw(1, 0, 0), 1U);
  EXPECT_EQ(draw(1, 0, 0.499), 1U);
  EXPECT_EQ(draw(1, 0, 0.501), 3U);
  EXPECT_EQ(draw(1, 0, 0.751), 0U) << "of equal ones the lower index first";
  EXPECT_EQ(draw(1, 0, 0.876), 2U);
  EXPECT_EQ(draw(1, 0, 1 - 1e-12), 2U);
  EXPECT_EQ(draw(1, 2, 0.66), 1U) << "two thirds and one third";
  EXPECT_EQ(draw(1, 2, 0.67), 3U);
  EXPECT_EQ(draw(1, 2, 1 - 1e-12), 3U);
  EXPECT_EQ(draw(0, 0, 0.99), 1U);
  EXPECT_EQ(draw(0.5, 2, 0.79), 1U) << "squares: 0.8 and 0.2";
  EXPECT_EQ(draw(0.5, 2, 0.81), 3U);
  EXPECT_THROW((void)draw(-1, 0, 0), InvalidArgument);
  EXPECT_THROW((void)draw(1, -1, 0), InvalidArgument);
  EXPECT_THROW((void)draw_token({}, 1, 0, 0), InvalidArgument);
}

TEST_F(Generated, AModelFileWithAnotherVocabularyIsRefused) {
  const nn::Gpt model = nn::gpt(options_of({}, false, false));
  train::initialize(test::test_device(), model, 2);
  const std::string path = (folder() / "model.safetensors").string();
  for (const auto& [tokens, shape] :
       {std::pair{"words", Shape{8}}, std::pair{"", Shape{8}}, std::pair{"bytes", Shape{8, 1}}}) {
    io::ModelInfo bad = info();
    bad.tokens = tokens;
    bad.sample_shape = shape;
    std::map<std::string, std::string> metadata;
    io::write_info(bad, metadata);
    EXPECT_THROW((void)io::read_info(metadata, path), FormatError) << tokens << shape.text();
  }
}

}  // namespace
}  // namespace ridgeback::deploy
