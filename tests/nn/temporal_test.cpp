// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/nn/temporal.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/core/random.hpp"
#include "ridgeback/nn/linear.hpp"
#include "ridgeback/nn/sequential.hpp"
#include "ridgeback/ops/ops.hpp"
#include "ridgeback/runtime/executable.hpp"
#include "ridgeback/train/trainer.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

#include "harness/device.hpp"
#include "reference/quant_reference.hpp"

namespace ridgeback::nn {
namespace {

using quant::Codebook;
using quant::Group;
using test::test_device;

const quant::Perturbation signs{
    .bits = 1, .codebook = Codebook::sign_mean, .group = Group::channel()};

std::vector<float> normals(std::int64_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = random.normal();
  return values;
}

std::vector<float> run(const Tensor& y, const Tensor& x, const std::vector<float>& values,
                       bool simulate = false) {
  CompileOptions options;
  if (simulate) options.disabled_passes = {"pack_products"};
  Executable e = compile(test_device(), {y}, {}, options);
  e.set(x, values);
  e.run();
  return e.get<float>(y);
}

TEST(Repeat, AndTheMeanOverStepsUndoEachOther) {
  for (const int steps : {1, 3}) {
    Context context(Context::Mode::evaluation);
    const Tensor x = input({2, 5});
    const Tensor repeated = Repeat(steps).forward(x, context);
    EXPECT_EQ(repeated.shape(), (Shape{2 * steps, 5}));
    const std::vector<float> values = normals(10, 1);
    std::vector<float> expected;
    for (int t = 0; t < steps; ++t) expected.insert(expected.end(), values.begin(), values.end());
    EXPECT_EQ(run(repeated, x, values), expected);
    const auto mean = run(MeanOverSteps(steps).forward(repeated, context), x, values);
    for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(mean[i], values[i], 1e-6);
  }
}

// m_t = leak (m_(t-1) - y_(t-1)) + z_t in double precision.
TEST(Leaky, IntegratesAndKeepsWhatACodeLeaves) {
  constexpr int steps = 4;
  constexpr std::int64_t batch = 2, width = 37;
  constexpr float leak = 0.75F;
  Context context(Context::Mode::evaluation);
  const Tensor x = input({steps * batch, width});
  const Tensor y = Leaky(steps, leak, signs).forward(x, context);
  ASSERT_EQ(y.shape(), x.shape());
  EXPECT_EQ(context.operands().size(), 4U);
  const std::vector<float> z = normals(steps * batch * width, 4);
  const std::vector<float> got = run(y, x, z);
  std::vector<double> membrane(batch * width, 0.0);
  for (std::size_t t = 0; t < steps; ++t) {
    for (std::size_t i = 0; i < membrane.size(); ++i)
      membrane[i] = leak * membrane[i] + static_cast<double>(z[t * membrane.size() + i]);
    const test::reference::QuantInput in{membrane, batch, width, signs.resolved()};
    const auto emitted = test::reference::dequantized(in, test::reference::code(in));
    for (std::size_t i = 0; i < membrane.size(); ++i) {
      EXPECT_NEAR(got[t * membrane.size() + i], emitted[i], 1e-4) << "step " << t;
      membrane[i] -= emitted[i];
    }
  }
}

// sum of y = T z - what is left in the membrane.
TEST(Leaky, ItsMeanApproachesAConstantInput) {
  std::vector<double> errors;
  for (const int steps : {1, 4, 16}) {
    Context context(Context::Mode::evaluation);
    const Tensor x = input({2, 64});
    const Tensor repeated = Repeat(steps).forward(x, context);
    const Tensor coded = Leaky(steps, 1, signs).forward(repeated, context);
    const Tensor mean = MeanOverSteps(steps).forward(coded, context);
    const std::vector<float> values = normals(128, 5);
    const std::vector<float> got = run(mean, x, values);
    double error = 0;
    for (std::size_t i = 0; i < got.size(); ++i)
      error += std::pow(static_cast<double>(got[i] - values[i]), 2) / 128;
    errors.push_back(std::sqrt(error));
  }
  EXPECT_LT(errors[1], 0.75 * errors[0]);
  EXPECT_LT(errors[2], 0.6 * errors[1]);
}

// The last output depends on the first input through the membranes between, unless all leaks away.
TEST(Leaky, TrainsThroughTime) {
  constexpr int steps = 3;
  for (const float leak : {0.0F, 0.5F, 1.0F}) {
    const Tensor x = input({steps * 2, 64});
    Context context(Context::Mode::training);
    const Tensor y = Leaky(steps, leak, signs).forward(x, context);
    const Tensor loss = sum(square(slice(y, 0, 4, 6)));
    const std::vector<float> g = run(gradient(loss, {x})[0], x, normals(steps * 128, 6));
    for (std::size_t t = 0; t < steps; ++t) {
      double squares = 0;
      for (std::size_t i = 0; i < 128; ++i)
        squares += static_cast<double>(g[t * 128 + i]) * static_cast<double>(g[t * 128 + i]);
      EXPECT_EQ(squares > 0, leak > 0 || t == 2) << "leak " << leak << " step " << t;
    }
  }
}

TEST(Leaky, TheLayerAfterMakesOnePackedProduct) {
  constexpr int steps = 3;
  const Linear linear(100, 5, {.weights = 1});
  train::initialize(test_device(), linear, 1);
  Context context(Context::Mode::evaluation);
  const Tensor x = input({2, 100});
  const Tensor coded =
      Leaky(steps, 0.9F, signs).forward(Repeat(steps).forward(x, context), context);
  const Tensor y = linear.forward(coded, context);
  const std::vector<float> values = normals(200, 7);
  const std::vector<float> packed = run(y, x, values), simulated = run(y, x, values, true);
  for (std::size_t i = 0; i < packed.size(); ++i) EXPECT_NEAR(packed[i], simulated[i], 1e-4);
  const Program program = plan(test_device().target(), {y});
  const auto products = std::ranges::count_if(program.launches, [](const auto& launch) {
    return launch.dispatch.kernel.starts_with("matmul");
  });
  EXPECT_EQ(products, 1);
}

TEST(Leaky, RefusesWhatDoesNotFit) {
  EXPECT_THROW(Leaky(0, 1, signs), InvalidArgument);
  EXPECT_THROW(Leaky(2, 1.5F, signs), InvalidArgument);
  EXPECT_THROW(Leaky(2, 1, {}), InvalidArgument);
  Context context(Context::Mode::evaluation);
  EXPECT_THROW((void)Leaky(2, 1, signs).forward(input({3, 64}), context), InvalidArgument);
  EXPECT_THROW((void)MeanOverSteps(2).forward(input({3, 64}), context), InvalidArgument);
  EXPECT_THROW(Repeat(-1), InvalidArgument);
}

TEST(Temporal, ModulesAreMadeAgainFromTheirDescriptions) {
  const Sequential net{Repeat(3), Leaky(3, 0.5F, signs), Linear(8, 2, {.weights = 1}),
                       MeanOverSteps(3)};
  EXPECT_EQ(build(net.describe())->describe(), net.describe());
}

}  // namespace
}  // namespace ridgeback::nn
