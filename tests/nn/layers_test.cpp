// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/error.hpp"
#include "ridgeback/nn/activation.hpp"
#include "ridgeback/nn/linear.hpp"
#include "ridgeback/nn/norm.hpp"
#include "ridgeback/nn/sequential.hpp"
#include "ridgeback/runtime/executable.hpp"
#include "ridgeback/train/trainer.hpp"

#include <cmath>
#include <gtest/gtest.h>

#include "harness/device.hpp"

namespace ridgeback::nn {
namespace {

std::vector<float> ramp(std::int64_t count, float scale) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < count; ++i)
    values.push_back(scale * static_cast<float>((i * 37) % 23 - 11));
  return values;
}

TEST(Linear, ComputesXTimesWTransposedPlusB) {
  const Linear layer(5, 3);
  const Device& device = test::test_device();
  const Tensor x = input({2, 5});
  Context context(Context::Mode::evaluation);
  const Tensor y = layer.forward(x, context);
  Executable step = compile(device, {y});
  const std::vector<NamedTensor> tensors = named_tensors(layer);
  const auto w = ramp(15, 0.1F);
  const auto b = ramp(3, 0.2F);
  const auto in = ramp(10, 0.3F);
  device.write<float>(tensors[0].tensor, w);
  device.write<float>(tensors[1].tensor, b);
  step.set(x, in);
  step.run();
  const auto out = step.get<float>(y);
  for (std::size_t i = 0; i < 2; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      double expected = b[j];
      for (std::size_t k = 0; k < 5; ++k)
        expected += static_cast<double>(in[i * 5 + k]) * static_cast<double>(w[j * 5 + k]);
      EXPECT_NEAR(out[i * 3 + j], expected, 1e-5);
    }
  }
}

TEST(Linear, RefusesWhatDoesNotFit) {
  const Linear layer(5, 3);
  Context context(Context::Mode::evaluation);
  EXPECT_THROW((void)layer.forward(input({2, 4}), context), InvalidArgument);
  EXPECT_THROW(Linear(0, 3), InvalidArgument);
  EXPECT_THROW(Linear(5, 3, {.weights = 9, .activations = 1}), InvalidArgument);
}

TEST(BatchNorm, MovesRunningStatisticsAndUsesThemInEvaluation) {
  const BatchNorm layer(2);
  const Device& device = test::test_device();
  train::initialize(device, layer, 1);
  const Tensor x = input({4, 2});
  Context training(Context::Mode::training);
  const Tensor y = layer.forward(x, training);
  ASSERT_EQ(training.updates().size(), 2U);
  Executable step = compile(device, {y}, training.updates());
  step.set(x, std::vector<float>{1, 10, 2, 20, 3, 30, 6, 60});
  step.run();
  const auto tensors = named_tensors(layer);
  const auto mean = device.read<float>(tensors[2].tensor);
  const auto variance = device.read<float>(tensors[3].tensor);
  EXPECT_NEAR(mean[0], 0.3, 1e-6);
  EXPECT_NEAR(mean[1], 3, 1e-5);
  EXPECT_NEAR(variance[0], 0.9 + 0.1 * 14.0 / 3, 1e-5) << "unbiased: 14 / 3";
  Context evaluation(Context::Mode::evaluation);
  const Tensor z = layer.forward(x, evaluation);
  Executable evaluated = compile(device, {z});
  evaluated.set(x, std::vector<float>{1, 10, 2, 20, 3, 30, 6, 60});
  evaluated.run();
  EXPECT_NEAR(evaluated.get<float>(z)[0], (1 - 0.3) / std::sqrt(variance[0] + 1e-5), 1e-5);
}

TEST(Dropout, ActsInTrainingOnly) {
  const Dropout layer(0.5F);
  const Tensor x = input({8, 64});
  Context evaluation(Context::Mode::evaluation);
  EXPECT_TRUE(layer.forward(x, evaluation).is(x));
  Context training(Context::Mode::training);
  const Tensor y = layer.forward(x, training);
  Executable step = compile(test::test_device(), {y});
  step.set(x, std::vector<float>(512, 1));
  StepParams params;
  params.step = 1;
  step.run(params);
  const auto first = step.get<float>(y);
  params.step = 2;
  step.run(params);
  EXPECT_NE(step.get<float>(y), first) << "another step, another mask";
  params.step = 1;
  step.run(params);
  EXPECT_EQ(step.get<float>(y), first);
  for (const float value : first) EXPECT_TRUE(value == 0 || value == 2);
}

TEST(Activation, KnowsItsNamesAndNoOthers) {
  for (const std::string& name : Activation::names()) {
    Context context(Context::Mode::evaluation);
    const Tensor x = input({3, 4});
    EXPECT_EQ(Activation(name).forward(x, context).spec(), x.spec()) << name;
  }
  EXPECT_THROW(Activation("sine"), InvalidArgument);
}

TEST(Context, FrozenValuesAreForEvaluation) {
  Context training(Context::Mode::training);
  EXPECT_THROW(training.on_frozen([](const std::string&, const Tensor& t) { return t; }),
               InvalidArgument);
  const Sequential net{Linear(4, 4), BatchNorm(4), Relu(), Linear(4, 2)};
  Context evaluation(Context::Mode::evaluation);
  std::vector<std::string> names;
  evaluation.on_frozen([&](const std::string& name, const Tensor& t) {
    names.push_back(name);
    return t;
  });
  (void)net.forward(input({1, 4}), evaluation);
  EXPECT_EQ(names, (std::vector<std::string>{"0.weight", "0.bias", "1.scale", "1.shift", "3.weight",
                                             "3.bias"}));
}

}  // namespace
}  // namespace ridgeback::nn
