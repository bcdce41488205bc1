// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/train/load_parameters.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/data/drawn.hpp"
#include "ridgeback/io/checkpoint.hpp"
#include "ridgeback/nn/mlp.hpp"
#include "ridgeback/train/trainer.hpp"

#include <cmath>
#include <gtest/gtest.h>

#include "harness/device.hpp"
#include "harness/has_text.hpp"
#include "harness/temporary_folder.hpp"

namespace ridgeback::train {
namespace {

using test::test_device;

nn::Sequential net_of(const quant::Precision& precision) {
  nn::MlpOptions options;
  options.hidden = {16};
  options.precision = precision;
  return nn::mlp(options);
}

nn::Sequential net(int bits, std::vector<std::int64_t> hidden = {16},
                   const std::string& norm = "batch") {
  nn::MlpOptions options;
  options.hidden = std::move(hidden);
  options.norm = norm;
  options.precision = {.weights = bits, .activations = bits};
  return nn::mlp(options);
}

// Those that keep something of their own from step to step.
std::vector<quant::Precision> with_states() {
  return {{.weights = 4, .activations = 4, .estimator = quant::Estimator::lsq},
          {.weights = 4, .activations = 4, .range = quant::ValueRange::hindsight()},
          {.weights = 4, .activations = 4, .range = quant::ValueRange::running(0.9F)},
          {.weights = 1,
           .activations = 1,
           .gradients = 8,
           .gradient_range = quant::GradientRange::hindsight}};
}

const data::Dataset& digits() {
  static const data::Dataset drawn = data::drawn_digits({.train = 160, .test = 50, .seed = 1});
  return drawn;
}

class FromRun : public test::TemporaryFolder {
 protected:
  [[nodiscard]] FitOptions options(const std::string& name) const {
    FitOptions options;
    options.epochs = 2;
    options.batch = 32;
    options.out = (folder() / name).string();
    return options;
  }
  // An fp32 run of two epochs.
  [[nodiscard]] std::string trained() const {
    Trainer(test_device(), net(32), optim::adam()).fit(digits(), options("fp32"));
    return options("fp32").out;
  }
};

TEST_F(FromRun, TakesEveryParameterAndStateAndNoMoments) {
  const std::string fp32 = trained();
  const nn::Sequential tuned = net(1);
  const std::string file = load_parameters(test_device(), tuned, fp32);
  const auto found = io::latest_checkpoint(fp32);
  EXPECT_EQ(file, found->path.string());
  for (const nn::NamedTensor& named : nn::named_tensors(tuned)) {
    EXPECT_EQ(test_device().read_bytes(named.tensor),
              io::find_tensor(found->checkpoint.tensors, named.name)->bytes)
        << named.name;
  }
  const nn::Sequential again = net(4);
  EXPECT_EQ(load_parameters(test_device(), again, file), file) << "a checkpoint by its name";
}

TEST_F(FromRun, StartsWhereTheOtherEndedAndResumesExactly) {
  FitOptions fit = options("whole");
  fit.from = trained();
  std::vector<double> losses;
  fit.on_step = [&](const StepRecord& step) { losses.push_back(step.loss); };
  Trainer(test_device(), net(8), optim::adam()).fit(digits(), fit);
  double first_loss = 0;
  FitOptions scratch = options("scratch");
  scratch.steps = 1;
  scratch.on_step = [&](const StepRecord& step) { first_loss = step.loss; };
  Trainer(test_device(), net(8), optim::adam()).fit(digits(), scratch);
  EXPECT_LT(losses[0], 0.9 * first_loss);

  fit.out = (folder() / "parts").string();
  for (const int steps : {3, 100}) {
    int left = steps;
    fit.stop = [&left] { return --left == 0; };
    Trainer(test_device(), net(8), optim::adam()).fit(digits(), fit);
    fit.resume = true;
  }
  EXPECT_EQ(io::latest_checkpoint(folder() / "parts")->checkpoint.tensors,
            io::latest_checkpoint(folder() / "whole")->checkpoint.tensors);
  fit.from.clear();
  EXPECT_THROW(Trainer(test_device(), net(8), optim::adam()).fit(digits(), fit), InvalidArgument);
}

TEST(Initialize, GivesTheSameWeightsWhateverThePrecision) {
  const nn::Sequential plain = net(32);
  initialize(test_device(), plain, 7);
  for (const quant::Precision& precision : with_states()) {
    const nn::Sequential other = net_of(precision);
    initialize(test_device(), other, 7);
    const std::vector<nn::NamedTensor> tensors = nn::named_tensors(other);
    for (const nn::NamedTensor& named : nn::named_tensors(plain)) {
      EXPECT_EQ(test_device().read<float>(nn::find_tensor(tensors, named.name)->tensor),
                test_device().read<float>(named.tensor))
          << named.name << " of " << short_text(precision);
    }
  }
}

// What belongs to a precision is neither missed nor taken: it begins anew, as the first step of the
// run finds it.
TEST_F(FromRun, LeavesWhatBelongsToAPrecision) {
  const std::string fp32 = trained();
  for (const quant::Precision& precision : with_states()) {
    SCOPED_TRACE(short_text(precision));
    const nn::Sequential tuned = net_of(precision);
    initialize(test_device(), tuned, 7);
    std::vector<std::vector<float>> before;
    for (const nn::NamedTensor& named : nn::named_tensors(tuned))
      before.push_back(test_device().read<float>(named.tensor));
    const auto found = io::load_checkpoint(load_parameters(test_device(), tuned, fp32));
    std::size_t own = 0, taken = 0, i = 0;
    for (const nn::NamedTensor& named : nn::named_tensors(tuned)) {
      const io::StoredTensor* theirs = io::find_tensor(found.tensors, named.name);
      EXPECT_EQ(named.of_precision, theirs == nullptr) << named.name;
      if (theirs != nullptr) {
        EXPECT_EQ(test_device().read_bytes(named.tensor), theirs->bytes) << named.name;
      } else {
        EXPECT_EQ(test_device().read<float>(named.tensor), before[i]) << named.name;
      }
      ++(theirs != nullptr ? taken : own);
      ++i;
    }
    EXPECT_EQ(taken, nn::named_tensors(net(32)).size());
    EXPECT_GE(own, 4U);
  }
}

TEST_F(FromRun, GoesBetweenPrecisionsThatKeepStates) {
  const quant::Precision lsq = with_states()[0];
  FitOptions fit = options("lsq");
  fit.steps = 3;
  Trainer(test_device(), net_of(lsq), optim::adam()).fit(digits(), fit);
  std::vector<quant::Precision> others = with_states();
  others.insert(others.end(), {quant::Precision{}, {.weights = 1, .activations = 1}});
  for (const quant::Precision& precision : others) {
    SCOPED_TRACE(short_text(precision));
    FitOptions next = options("next");
    next.out.clear();
    next.steps = 2;
    next.from = fit.out;
    std::vector<double> losses;
    next.on_step = [&](const StepRecord& step) { losses.push_back(step.loss); };
    Trainer(test_device(), net_of(precision), optim::adam()).fit(digits(), next);
    ASSERT_EQ(losses.size(), 2U);
    EXPECT_TRUE(std::isfinite(losses[0] + losses[1]));
  }
}

TEST_F(FromRun, SaysWhatDoesNotFit) {
  const std::string fp32 = trained();
  const auto refused = [&](const nn::Module& module, const std::string& from) {
    try {
      (void)load_parameters(test_device(), module, from);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_TRUE(test::has_text(refused(net(1, {24}), fp32), {"'0.weight' does not fit", "16", "24"}));
  EXPECT_TRUE(test::has_text(refused(net(1, {16}, "none"), fp32), {"holds '1.gamma'"}));
  EXPECT_TRUE(test::has_text(refused(net(1, {16, 16}), fp32), {"'3.weight'"}));
  EXPECT_TRUE(test::has_text(refused(net(1), (folder() / "none").string()), {"none"}));
  std::filesystem::create_directory(folder() / "empty");
  EXPECT_TRUE(test::has_text(refused(net(1), (folder() / "empty").string()), {"no checkpoint"}));
}

}  // namespace
}  // namespace ridgeback::train
