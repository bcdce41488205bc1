// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/train/non_finite.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/io/checkpoint.hpp"
#include "ridgeback/io/metrics.hpp"
#include "ridgeback/nn/linear.hpp"
#include "ridgeback/nn/norm.hpp"
#include "ridgeback/nn/sequential.hpp"
#include "ridgeback/train/trainer.hpp"

#include <cmath>
#include <gtest/gtest.h>

#include "harness/device.hpp"
#include "harness/temporary_folder.hpp"

namespace ridgeback::train {
namespace {

using test::test_device;

constexpr std::int64_t samples = 24;
constexpr std::int64_t batch = 4;

// Black images, and one whose white pixel overflows when it is normalized.
data::Dataset one_bad_image() {
  data::Dataset dataset;
  dataset.name = "one bad image";
  dataset.sample_shape = {2, 2};
  dataset.classes = 3;
  dataset.class_names = {"a", "b", "c"};
  dataset.normalization = {0.0F, 1e-39F};
  for (std::uint32_t i = 0; i < samples; ++i) dataset.train.labels.push_back(i % 3);
  dataset.train.images.assign(samples * 4, 0);
  dataset.train.images[17 * 4 + 2] = 255;
  dataset.test.labels = {0, 1};
  dataset.test.images.assign(8, 0);
  return dataset;
}

nn::Sequential net() {
  return nn::Sequential{nn::Linear(4, 8), nn::BatchNorm(8), nn::Linear(8, 3)};
}

class NonFinite : public test::TemporaryFolder {
 protected:
  // Runs of several epochs meet the image once in each.
  [[nodiscard]] FitOptions options() const {
    FitOptions options;
    options.epochs = 3;
    options.batch = batch;
    options.seed = 4;
    options.out = (folder() / "run").string();
    return options;
  }
};

// The number at the end of "at step N:", or 0.
std::int64_t step_of(const std::string& message) {
  const std::string before = "not finite at step ";
  const std::size_t at = message.find(before);
  return at == std::string::npos ? 0 : std::stoll(message.substr(at + before.size()));
}

TEST_F(NonFinite, StopsWithTheStateBeforeTheStep) {
  Trainer trainer(test_device(), net(), optim::adam());
  std::string message;
  try {
    trainer.fit(one_bad_image(), options());
  } catch (const Error& error) {
    message = error.what();
  }
  EXPECT_NE(message.find("the input (1 of 16 values)"), std::string::npos) << message;
  const std::int64_t step = step_of(message);
  ASSERT_GE(step, 1) << message;
  ASSERT_LE(step, samples / batch) << message;
  const auto found = io::latest_checkpoint(options().out);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->checkpoint.step, step - 1);
  for (const io::StoredTensor& tensor : found->checkpoint.tensors)
    EXPECT_EQ(io::first_not_finite(tensor), -1) << tensor.name;
  // What the device holds is that state too: the step changed nothing.
  for (const nn::NamedTensor& named : nn::named_tensors(trainer.module())) {
    const auto stored = io::find_tensor(found->checkpoint.tensors, named.name);
    EXPECT_EQ(test_device().read_bytes(named.tensor), stored->bytes) << named.name;
  }
}

TEST_F(NonFinite, SkipsTheStepAndGoesOn) {
  FitOptions fit = options();
  fit.on_nonfinite = OnNonFinite::skip;
  std::vector<std::string> skipped;
  fit.on_skip = [&](const std::string& what) { skipped.push_back(what); };
  Trainer trainer(test_device(), net(), optim::adam());
  const FitResult result = trainer.fit(one_bad_image(), fit);
  EXPECT_EQ(result.steps, 18);
  EXPECT_EQ(result.skipped, 3) << "once an epoch";
  ASSERT_EQ(skipped.size(), 3U);
  for (const EpochRecord& epoch : result.epochs) EXPECT_TRUE(std::isfinite(epoch.train_loss));
  EXPECT_EQ(io::read_summary(folder() / "run" / "summary.json").integer("skipped_steps"), 3);
  std::size_t records = 0;
  for (const io::Record& record : io::read_metrics(folder() / "run" / "metrics.jsonl"))
    records += record.find("skipped") != nullptr ? 1 : 0;
  EXPECT_EQ(records, 3U);
}

TEST_F(NonFinite, AResumedRunSkipsTheSameSteps) {
  FitOptions fit = options();
  fit.on_nonfinite = OnNonFinite::skip;
  Trainer whole(test_device(), net(), optim::adam());
  const FitResult expected = whole.fit(one_bad_image(), fit);
  fit.out = (folder() / "parts").string();
  FitResult result;
  for (const int steps : {7, 1, 100}) {
    int left = steps;
    fit.stop = [&left] { return --left == 0; };
    result = Trainer(test_device(), net(), optim::adam()).fit(one_bad_image(), fit);
    fit.resume = true;
  }
  EXPECT_EQ(result.skipped, expected.skipped);
  EXPECT_EQ(io::latest_checkpoint(fit.out)->checkpoint.tensors,
            io::latest_checkpoint(options().out)->checkpoint.tensors);
}

TEST_F(NonFinite, AHundredSkippedStepsInARowAreTooMany) {
  data::Dataset dataset = one_bad_image();
  dataset.train.images.assign(samples * 4, 255);
  FitOptions fit = options();
  fit.out.clear();
  fit.steps = 1000;
  fit.on_nonfinite = OnNonFinite::skip;
  int skipped = 0;
  fit.on_skip = [&](const std::string&) { ++skipped; };
  EXPECT_THROW(Trainer(test_device(), net(), optim::sgd()).fit(dataset, fit), Error);
  EXPECT_EQ(skipped, 99);
}

class Search : public testing::Test {
 protected:
  Search() {
    initialize(test_device(), net_, 1);
    batch_.images.assign(8, 0.5F);
    batch_.labels = {0, 1};
  }
  [[nodiscard]] std::string first() {
    return NonFiniteSearch(test_device(), net_, 4, 2, {}).first(batch_, {.step = 1});
  }
  void fill(std::size_t tensor, float value) {
    const nn::NamedTensor named = nn::named_tensors(net_)[tensor];
    test_device().write<float>(
        named.tensor,
        std::vector<float>(static_cast<std::size_t>(named.tensor.shape().count()), value));
  }

  nn::Sequential net_{nn::Linear(4, 4), nn::Linear(4, 2, {.weights = 1, .activations = 1})};
  data::Batch batch_;
};

TEST_F(Search, FindsNothingWhereAllIsFinite) {
  EXPECT_EQ(first(), "");
}

TEST_F(Search, NamesTheParameter) {
  fill(1, std::numeric_limits<float>::infinity());
  EXPECT_EQ(first(), "the parameter 0.bias (4 of 4 values)");
}

TEST_F(Search, NamesTheLayerWhoseOutputOverflows) {
  fill(0, 1e30F);
  batch_.images.assign(8, 1e10F);
  EXPECT_EQ(first(), "the output of 0 (linear) (8 of 8 values)");
}

// Forward 1e-30 * 1e30; the gradient of the first weights is the second's 1e20 times the input's
// 1e30.
TEST_F(Search, NamesTheGradient) {
  net_ = nn::Sequential{nn::Linear(4, 4), nn::Linear(4, 2)};
  initialize(test_device(), net_, 1);
  fill(0, 1e-30F);
  fill(1, 0);
  const nn::NamedTensor second = nn::named_tensors(net_)[2];
  test_device().write<float>(second.tensor, std::vector<float>{1e20F, 0, 0, 0, -1e20F, 0, 0, 0});
  batch_.images.assign(8, 1e30F);
  batch_.labels = {0, 0};
  EXPECT_EQ(first(), "") << "the first class has all of the probability";
  batch_.labels = {1, 1};
  EXPECT_EQ(first(), "the gradient of 0.weight (4 of 16 values)");
}

}  // namespace
}  // namespace ridgeback::train
