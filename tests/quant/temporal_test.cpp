// SPDX-License-Identifier: Apache-2.0
// Trains of codes: value, gradient through all steps, and one packed product for all of them.
#include "ridgeback/quant/temporal.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/dump.hpp"
#include "ridgeback/graph/pass.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/gradient.hpp"
#include "ridgeback/ops/layout.hpp"
#include "ridgeback/ops/matmul.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "harness/count_text.hpp"
#include "harness/device.hpp"
#include "harness/quant_case.hpp"
#include "reference/quant_reference.hpp"

namespace ridgeback::test {
namespace {

using quant::Backward;
using quant::Codebook;
using quant::Group;
using quant::Perturbation;

struct Reference {
  std::vector<double> value;
  std::vector<double> gradient;
};

// r_1 = x, r_(t+1) = r_t - v_t, value = sum of v_t. Backwards, with R_t = dL/dr_t and J_t the
// surrogate derivative of step t: R_t = R_(t+1) + J_t^T (dy - R_(t+1)), R_(T+1) = 0.
Reference train_reference(const std::vector<double>& x, std::int64_t rows, std::int64_t cols,
                          const Perturbation& options, const std::vector<double>& dy) {
  Perturbation single = options.resolved();
  single.timesteps = 1;
  Reference result{std::vector<double>(x.size()), std::vector<double>(x.size())};
  std::vector<reference::QuantInput> inputs;
  std::vector<reference::Coded> codes;
  std::vector<double> residual = x;
  for (int t = 0; t < options.timesteps; ++t) {
    inputs.push_back({residual, rows, cols, single});
    codes.push_back(reference::code(inputs.back()));
    const std::vector<double> value = reference::dequantized(inputs.back(), codes.back());
    for (std::size_t i = 0; i < x.size(); ++i) {
      result.value[i] += value[i];
      residual[i] -= value[i];
    }
  }
  const bool straight = single.backward == Backward::straight;
  for (std::size_t t = inputs.size(); t-- > 0;) {
    std::vector<double> g = dy;
    for (std::size_t i = 0; i < g.size(); ++i) g[i] -= result.gradient[i];
    const std::vector<double> through =
        straight ? g : reference::surrogate_gradient(inputs[t], codes[t], g);
    for (std::size_t i = 0; i < g.size(); ++i) result.gradient[i] += through[i];
  }
  return result;
}

void expect_as_reference(const Perturbation& options, std::int64_t rows, std::int64_t cols) {
  SCOPED_TRACE(quant::text(options));
  const Tensor x = input({rows, cols}), dy = input({rows, cols});
  const Tensor value = quant::denoise(x, options);
  const Tensor dx = gradient(value * dy, {x})[0];
  Executable e = compile(test_device(), {value, dx}, {}, {.guards = true});
  const Array in({rows, cols}, draw(rows * cols, 1)), g({rows, cols}, draw(rows * cols, 2));
  e.set_bytes(x, encode(in, DType::f32));
  e.set_bytes(dy, encode(g, DType::f32));
  e.run();
  e.check_guards();
  // The reference starts from what the device was given.
  const Array rounded = decode(x.spec(), encode(in, DType::f32));
  const Array grads = decode(dy.spec(), encode(g, DType::f32));
  const Reference want = train_reference(rounded.values, rows, cols, options, grads.values);
  EXPECT_TRUE(near_largest(decode(value.spec(), e.get_bytes(value)).values, want.value, 1e-4));
  EXPECT_TRUE(near_largest(decode(dx.spec(), e.get_bytes(dx)).values, want.gradient, 2e-3));
}

TEST(Train, ValueAndGradientAreThoseOfTheResidualForm) {
  for (const int steps : {1, 2, 3}) {
    expect_as_reference(
        {.bits = 1, .codebook = Codebook::sign_mean, .group = Group::channel(), .timesteps = steps},
        3, 37);
    expect_as_reference({.bits = 1, .timesteps = steps}, 2, 100);
  }
  expect_as_reference({.bits = 1,
                       .codebook = Codebook::sign_mean,
                       .group = Group::channel(),
                       .backward = Backward::straight,
                       .timesteps = 3},
                      3, 64);
  expect_as_reference({.bits = 2, .backward = Backward::live, .timesteps = 2}, 2, 65);
}

TEST(Train, EachStepLeavesLess) {
  const Tensor x = input({4, 256});
  Perturbation options{.bits = 1, .codebook = Codebook::sign_mean, .group = Group::channel()};
  std::vector<Tensor> values;
  for (options.timesteps = 1; options.timesteps <= 8; options.timesteps *= 2)
    values.push_back(quant::denoise(x, options));
  Executable e = compile(test_device(), values);
  const std::vector<double> in = draw(4 * 256, 3);
  e.set_bytes(x, encode({x.shape(), in}, DType::f32));
  e.run();
  double before = 1;
  for (const Tensor& value : values) {
    const Array got = decode(value.spec(), e.get_bytes(value));
    double noise = 0, signal = 0;
    for (std::size_t i = 0; i < in.size(); ++i) {
      noise += (got.values[i] - in[i]) * (got.values[i] - in[i]);
      signal += in[i] * in[i];
    }
    EXPECT_LT(noise / signal, 0.6 * before);
    before = noise / signal;
  }
}

// Each step draws with a stream of its own: its codes are not those that another step's stream
// gives for the same residual, and are the same when drawn again.
TEST(Train, EachStepDrawsOnItsOwn) {
  const Tensor x = input({4, 256});
  const Perturbation single{
      .bits = 2, .group = Group::channel(), .rounding = quant::Rounding::stochastic};
  Perturbation options = single;
  options.timesteps = 3;
  const quant::Train train = quant::train_of(x, options, {.stream = 5});
  ASSERT_EQ(train.steps.size(), 3U);
  std::vector<Tensor> outputs;
  for (const quant::TrainStep& step : train.steps) outputs.push_back(step.perturbed.codes);
  for (const quant::TrainStep& step : train.steps) {
    for (const quant::TrainStep& other : train.steps)
      outputs.push_back(quant::perturb(step.residual, single, other.inputs).codes);
    outputs.push_back(quant::perturb(step.residual, single, {.stream = 5}).codes);
  }
  Executable e = compile(test_device(), outputs);
  e.set_bytes(x, encode({x.shape(), draw(4 * 256, 3)}, DType::f32));
  e.run({.step = 2, .seed_low = 9});
  const auto differing = [&](const Tensor& a, const Tensor& b) {
    const std::vector<double> of_a = decode(a.spec(), e.get_bytes(a)).values;
    const std::vector<double> of_b = decode(b.spec(), e.get_bytes(b)).values;
    std::size_t count = 0;
    for (std::size_t i = 0; i < of_a.size(); ++i) count += of_a[i] != of_b[i] ? 1 : 0;
    return count;
  };
  for (std::size_t t = 0; t < 3; ++t) {
    for (std::size_t other = 0; other < 4; ++other) {
      const bool same = other == t || (other == 3 && t == 0);
      // Of values spread over the codes a third is rounded the other way by another draw.
      const std::size_t count = differing(outputs[t], outputs[3 + 4 * t + other]);
      EXPECT_TRUE(same ? count == 0 : count > 100) << t << " " << other << ": " << count;
    }
  }
}

struct Layer {
  Tensor x, w, dy;
  std::vector<Tensor> outputs;  // y, dx, dw
};

Layer layer(const Shape& shape, const Perturbation& of_x, const Perturbation& of_w) {
  Layer l{input(shape), input({7, shape[-1]}), input(shape.with(-1, 7)), {}};
  const Tensor y = matmul(quant::denoise(l.x, of_x), transpose(quant::denoise(l.w, of_w)));
  const std::vector<Tensor> grads = gradient(y * l.dy, {l.x, l.w});
  l.outputs = {y, grads[0], grads[1]};
  return l;
}

std::vector<Array> run(const Layer& l, bool simulate) {
  CompileOptions options{.guards = true};
  if (simulate) options.disabled_passes = {"pack_products"};
  Executable e = compile(test_device(), l.outputs, {}, options);
  std::uint64_t seed = 1;
  for (const Tensor& in : {l.x, l.w, l.dy})
    e.set_bytes(in, encode({in.shape(), draw(in.shape().count(), seed++)}, DType::f32));
  e.run();
  e.check_guards();
  std::vector<Array> results;
  for (const Tensor& out : l.outputs) results.push_back(decode(out.spec(), e.get_bytes(out)));
  return results;
}

TEST(Train, IsOneProductOfAllStepsCodes) {
  const Perturbation signs{
      .bits = 1, .codebook = Codebook::sign_mean, .group = Group::channel(), .timesteps = 4};
  const std::vector<Perturbation> weights{{.bits = 1},
                                          {.bits = 1, .codebook = Codebook::sign_mean},
                                          {.bits = 1, .sparsity = quant::fraction(0.8)},
                                          {.bits = 4}};
  for (const Perturbation& of_w : weights) {
    for (const Shape& shape : {Shape{5, 100}, Shape{2, 3, 64}}) {
      SCOPED_TRACE(fmt::format("{} {}", quant::text(of_w), shape.text()));
      const Layer l = layer(shape, signs, of_w);
      const std::string text = dump(optimize({l.outputs, {}}));
      EXPECT_EQ(count(text, "= matmul_codes("), 1U) << text;
      const std::vector<Array> packed = run(l, false), simulated = run(l, true);
      for (std::size_t i = 0; i < packed.size(); ++i)
        EXPECT_TRUE(near_largest(packed[i].values, simulated[i].values, 1e-5)) << "output " << i;
    }
  }
  const std::string text = dump(optimize({layer({5, 64}, signs, {.bits = 1}).outputs, {}}));
  EXPECT_EQ(count(text, "= matmul_dense_codes("), 1U) << "dX, once and not once a step\n" << text;
  EXPECT_EQ(count(text, "= matmul("), 1U) << "dW, of the sum of the steps\n" << text;
}

TEST(Train, RefusesWhatMakesNone) {
  const auto refused = [](const Perturbation& p) {
    EXPECT_THROW((void)p.resolved(), InvalidArgument) << quant::text(p);
  };
  refused({.bits = 1, .timesteps = 0});
  refused({.bits = 1, .timesteps = quant::most_timesteps + 1});
  refused({.timesteps = 2});
  refused({.bits = 1, .sparsity = quant::fraction(0.5), .timesteps = 2});
  EXPECT_THROW((void)quant::perturb(input({2, 64}), {.bits = 1, .timesteps = 2}), InvalidArgument);
  EXPECT_THROW((void)(quant::Precision{.timesteps = 2}.activation()), InvalidArgument);
  const Perturbation p{.bits = 1, .timesteps = 3};
  EXPECT_EQ(quant::perturbation_from_text(quant::text(p)), p);
}

}  // namespace
}  // namespace ridgeback::test
