// SPDX-License-Identifier: Apache-2.0
// Training with quantized output gradients.
#include "ridgeback/data/drawn.hpp"
#include "ridgeback/io/checkpoint.hpp"
#include "ridgeback/nn/mlp.hpp"
#include "ridgeback/train/trainer.hpp"

#include <gtest/gtest.h>

#include "harness/device.hpp"
#include "harness/temporary_folder.hpp"

namespace ridgeback::train {
namespace {

using quant::GradientRange;

const data::Dataset& digits() {
  static const data::Dataset drawn = data::drawn_digits({.train = 320, .test = 100, .seed = 1});
  return drawn;
}

nn::Sequential net_of(int bits, GradientRange range = GradientRange::dynamic) {
  nn::MlpOptions options;
  options.hidden = {48, 36};
  options.precision.weights = options.precision.activations = 1;
  options.precision.group = quant::Group::channel();
  options.precision.codebook = quant::Codebook::sign_mean;
  options.precision.gradients = bits;
  options.precision.gradient_range = range;
  return nn::mlp(options);
}

FitOptions fit_of() {
  FitOptions options;
  options.epochs = 2;
  options.batch = 40;
  options.seed = 5;
  return options;
}

std::vector<double> losses(int bits, FitOptions options,
                           GradientRange range = GradientRange::dynamic) {
  std::vector<double> losses;
  options.on_step = [&](const StepRecord& step) { losses.push_back(step.loss); };
  Trainer trainer(test::test_device(), net_of(bits, range), optim::adam());
  trainer.fit(digits(), options);
  return losses;
}

TEST(GradientBits, TrainAndRepeat) {
  for (const GradientRange range : {GradientRange::dynamic, GradientRange::hindsight}) {
    FitOptions options = fit_of();
    options.epochs = 5;
    const std::vector<double> got = losses(4, options, range);
    EXPECT_LT(got.back(), 0.88 * got.front());
    options.epochs = 1;
    EXPECT_EQ(losses(4, options, range), losses(4, options, range));
  }
}

// The range of dW must fit whatever becomes of the codes of the activations, which are f32 for some
// options and in some stages.
TEST(GradientBits, HindsightServesCodesOfEveryKind) {
  quant::Precision whole;
  whole.weights = 4;
  whole.gradients = 8;
  whole.gradient_range = GradientRange::hindsight;
  quant::Precision powers = whole, odd = whole, stages = whole;
  powers.activations = 5;
  powers.codebook = quant::Codebook::power_of_two;
  powers.group = quant::Group::channel();
  odd.activations = 4;
  odd.group = quant::Group::blocks(1000);
  stages.activations = 4;
  stages.group = quant::Group::channel();
  for (const quant::Precision& precision : {powers, odd, stages}) {
    SCOPED_TRACE(short_text(precision));
    nn::MlpOptions mlp;
    mlp.hidden = {48};
    mlp.precision = precision;
    FitOptions options = fit_of();
    if (precision == stages) options.bits_schedule = "0:32,8:4";
    std::vector<double> losses;
    options.on_step = [&](const StepRecord& step) { losses.push_back(step.loss); };
    Trainer trainer(test::test_device(), nn::mlp(mlp), optim::adam());
    trainer.fit(digits(), options);
    EXPECT_LT(losses.back(), 0.9 * losses.front());
  }
}

TEST(GradientBits, SimulationAgrees) {
  FitOptions options = fit_of();
  options.steps = 3;
  const std::vector<double> packed = losses(8, options);
  options.simulate = true;
  const std::vector<double> simulated = losses(8, options);
  for (std::size_t i = 0; i < packed.size(); ++i) EXPECT_NEAR(packed[i], simulated[i], 2e-3) << i;
}

class GradientRun : public test::TemporaryFolder {};

TEST_F(GradientRun, AResumedRunEndsInTheSameBits) {
  const auto run = [&](const std::string& name, std::vector<int> parts) {
    bool first = true;
    for (const int steps : parts) {
      FitOptions options = fit_of();
      options.out = (folder() / name).string();
      options.resume = !first;
      first = false;
      int left = steps;
      options.stop = [&left] { return --left == 0; };
      Trainer trainer(test::test_device(), net_of(4, GradientRange::hindsight), optim::adam());
      trainer.fit(digits(), options);
    }
    return io::latest_checkpoint((folder() / name).string())->checkpoint.tensors;
  };
  const auto whole = run("whole", {100});
  EXPECT_EQ(run("parts", {3, 4, 100}), whole);
  // The ranges are among what is kept, and were measured.
  const io::StoredTensor* range = io::find_tensor(whole, "0.dw_range");
  ASSERT_NE(range, nullptr);
  EXPECT_GT(*reinterpret_cast<const float*>(range->bytes.data()), 0);
}

}  // namespace
}  // namespace ridgeback::train
