// SPDX-License-Identifier: Apache-2.0
// What quantized layers keep from step to step.
#include "ridgeback/nn/linear.hpp"
#include "ridgeback/ops/ops.hpp"
#include "ridgeback/runtime/executable.hpp"
#include "ridgeback/train/trainer.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

#include "harness/device.hpp"

namespace ridgeback::nn {
namespace {

Tensor named(const Module& module, const std::string& name) {
  for (const NamedTensor& t : named_tensors(module)) {
    if (t.name == name) return t.tensor;
  }
  ADD_FAILURE() << "no tensor " << name;
  return {};
}

std::vector<float> spread(float low, float high) {
  std::vector<float> values(2 * 64);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = low + (high - low) * static_cast<float>((i * 37) % 128) / 127;
  return values;
}

// One layer trained on two batches, the second far wider than the first.
std::vector<float> range_after(quant::ValueRange range, int batches) {
  const quant::Precision precision{.weights = 4, .activations = 4, .activation_range = range};
  const Linear layer(64, 3, precision);
  const Device& device = test::test_device();
  train::initialize(device, layer, 1);
  const Tensor x = input({2, 64});
  Context context(Context::Mode::training);
  const Tensor y = layer.forward(x, context);
  Executable step = compile(device, {y}, context.updates());
  for (int i = 0; i < batches; ++i) {
    step.set(x, i == 0 ? spread(-1, 2) : spread(-5, 10));
    step.run({.step = static_cast<std::uint32_t>(i + 1)});
    for (const float v : step.get<float>(y)) EXPECT_TRUE(std::isfinite(v));
  }
  return device.read<float>(named(layer, "activation_range"));
}

TEST(OperandRange, RemembersTheLastStepOrAnAverage) {
  using quant::ValueRange;
  EXPECT_EQ(range_after(ValueRange::hindsight(), 0), (std::vector<float>{1, -1}));
  for (const ValueRange range : {ValueRange::hindsight(), ValueRange::running(0.75F)})
    EXPECT_EQ(range_after(range, 1), (std::vector<float>{-1, 2}));
  EXPECT_EQ(range_after(ValueRange::hindsight(), 2), (std::vector<float>{-5, 10}));
  EXPECT_EQ(range_after(ValueRange::hindsight(0.5F), 2), (std::vector<float>{-3, 6}));
  EXPECT_EQ(range_after(ValueRange::running(0.75F), 2), (std::vector<float>{-2, 4}));
}

// In hindsight the second batch is clipped to the range of the first; evaluation uses what training
// left, whatever it sees.
TEST(OperandRange, ClipsToWhatItRemembers) {
  const quant::Precision precision{.activations = 8,
                                   .estimator = quant::Estimator::straight_through,
                                   .range = quant::ValueRange::hindsight()};
  const Linear layer(64, 1, precision, false);
  const Device& device = test::test_device();
  std::vector<float> first(64, 0.0F);
  first[0] = 1;
  device.write<float>(layer.weight(), first);  // y is the first input
  const Tensor state = named(layer, "activation_range");
  device.write<float>(state, std::vector<float>{1, -1});
  const Tensor x = input({2, 64});
  Context training(Context::Mode::training), evaluation(Context::Mode::evaluation);
  const Tensor trained = layer.forward(x, training);
  const Tensor evaluated = layer.forward(x, evaluation);
  Executable step = compile(device, {trained}, training.updates());
  Executable look = compile(device, {evaluated});
  std::vector<float> batch(128, 0.0F);
  batch[0] = 1;
  batch[1] = -1;
  step.set(x, batch);
  step.run();
  EXPECT_NEAR(step.get<float>(trained)[0], 1, 0.01);
  batch[0] = 50;
  step.set(x, batch);
  step.run();
  EXPECT_NEAR(step.get<float>(trained)[0], 1, 0.01) << "the range is that of the first batch";
  EXPECT_EQ(device.read<float>(state), (std::vector<float>{-1, 50}));
  batch[0] = 400;
  look.set(x, batch);
  look.run();
  EXPECT_NEAR(look.get<float>(evaluated)[0], 50, 0.1);
  EXPECT_EQ(device.read<float>(state), (std::vector<float>{-1, 50}));
}

TEST(OperandRange, LearnsSteps) {
  const quant::Precision precision{
      .weights = 2, .activations = 4, .estimator = quant::Estimator::lsq};
  const Linear layer(64, 3, precision);
  const Device& device = test::test_device();
  train::initialize(device, layer, 1);
  const Tensor x = input({2, 64});
  Context context(Context::Mode::training);
  const Tensor loss = mean(square(layer.forward(x, context) - 1.0F));
  std::vector<Assignment> updates = context.updates();
  const Tensor step = named(layer, "weight_step"), base = named(layer, "weight_step_base");
  const Tensor of_x = named(layer, "activation_step");
  const std::vector<Tensor> grads = gradient(loss, {step, of_x, layer.weight()});
  updates.push_back(assign(step, step - grads[0] * 0.01F));
  updates.push_back(assign(of_x, of_x - grads[1] * 0.01F));
  updates.push_back(assign(layer.weight(), layer.weight() - grads[2] * 0.01F));
  Executable run = compile(device, {loss}, updates);
  const std::vector<float> w = device.read<float>(layer.weight());
  std::vector<float> losses, bases;
  for (std::uint32_t i = 1; i <= 20; ++i) {
    run.set(x, spread(-1, 2));
    run.run({.step = i});
    losses.push_back(run.get<float>(loss)[0]);
    if (i == 1) bases = device.read<float>(base);
  }
  EXPECT_LT(losses.back(), losses.front());
  ASSERT_EQ(bases.size(), 3U);
  float mean_of_first = 0;
  for (std::size_t i = 0; i < 64; ++i) mean_of_first += std::abs(w[i]) / 64;
  EXPECT_NEAR(bases[0], 2 * mean_of_first, 1e-5) << "2 mean |w| / sqrt(1)";
  EXPECT_EQ(device.read<float>(base), bases) << "the base stays";
  for (const float delta : device.read<float>(step)) EXPECT_NE(delta, 0);
  EXPECT_NE(device.read<float>(of_x)[0], 0);
}

}  // namespace
}  // namespace ridgeback::nn
