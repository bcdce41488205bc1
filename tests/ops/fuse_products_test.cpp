// SPDX-License-Identifier: Apache-2.0
// What follows a product in its kernel: same bits, fewer launches.
#include "ridgeback/ops/fuse_products.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/core/pass_names.hpp"
#include "ridgeback/ops/epilogue.hpp"
#include "ridgeback/ops/ops.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

#include "harness/op_case.hpp"
#include "harness/same_bits.hpp"
#include "harness/switched_off.hpp"
#include "reference/matmul.hpp"

namespace ridgeback::test {
namespace {

// Launches of a graph whose products keep what follows them, and of the same graph without.
struct Counts {
  std::size_t fused;
  std::size_t apart;
};

Counts counts(const std::vector<Tensor>& outputs) {
  CompileOptions apart;
  apart.disabled_passes = {"fuse_products"};
  const Target& target = test_device().target();
  return {plan(target, outputs).launches.size(), plan(target, outputs, {}, apart).launches.size()};
}

void expect_fused(const std::vector<Tensor>& outputs, std::size_t saved) {
  const Counts launches = counts(outputs);
  EXPECT_EQ(launches.fused + saved, launches.apart);
}

double gelu_of(double x) {
  return x / 2 * (1 + std::erf(x / std::sqrt(2.0)));
}

// Every variant of both kernels, with guard words; rows that are whole quads and rows that are not.
OP_CASES("matmul with an epilogue") {
  struct Sizes {
    std::int64_t rows, cols, depth;
  };
  for (const Sizes& s : {Sizes{5, 12, 8}, Sizes{3, 7, 5}}) {
    add({.inputs = {integers({s.rows, s.depth}, -3, 3), integers({s.depth, s.cols}, -3, 3),
                    integers({s.cols}, -3, 3), integers({s.rows, s.cols}, -3, 3)},
         .graph = [](auto in) { return gelu(matmul(in[0], in[1]) * 0.25F + in[2]) + in[3]; },
         .reference =
             [](const std::vector<Array>& in) {
               Array y = reference::matmul(in[0], in[1], false, false);
               for (std::int64_t i = 0; i < y.count(); ++i)
                 y[i] = gelu_of(y[i] * 0.25 + in[2][i % y.shape[-1]]) + in[3][i];
               return y;
             },
         .tolerance = epsilons(8)});
  }
}

TEST(FuseProducts, EveryKindOfOperandKeepsItsBits) {
  for (const std::int64_t cols : {8, 5}) {
    const Tensor a = input({2, 3, 6}), b = input({2, 6, cols}), one = input({1});
    const Tensor row = input({cols}), column = input({2, 3, 1}), full = input({2, 3, cols});
    const Tensor c = matmul(a, b);
    expect_same_bits(relu(c * column + row) - full, {{a}, {b}, {row}, {column}, {full}},
                     "fuse_products", cols == 8 ? 2 : 3);
    // On the left of what does not commute, and read twice.
    expect_same_bits(one / (full - c) * full, {{a}, {b}, {full}, {one, 1, 2}}, "fuse_products", 1);
  }
}

// One launch, and the bits of a launch for each function.
void expect_in_kernel(const Tensor& y, const std::vector<Drawn>& inputs) {
  CompileOptions apart;
  apart.disabled_passes = {"fuse_products", "fuse_elementwise"};
  const BitsRan together = run_for_bits(y, inputs, {}), alone = run_for_bits(y, inputs, apart);
  EXPECT_EQ(together.result, alone.result) << y.operation().name();
  EXPECT_EQ(together.launches, 1U) << y.operation().name();
  EXPECT_GT(alone.launches, 1U) << y.operation().name();
}

TEST(FuseProducts, TakesActivations) {
  const Tensor a = input({5, 4}), b = input({4, 8}), x = input({5, 8});
  const Tensor c = matmul(a, b);
  for (const Tensor& y : {silu(c), tanh(c), gelu_tanh(c), softplus(-c)})
    expect_in_kernel(y, {{a}, {b}});
  for (const Tensor& y : {gate_positive(c, x), gate_positive(x, c)})
    expect_in_kernel(y, {{a}, {b}, {x}});
}

// What takes any place must be a light function of the kernels too: others leave the value alone.
TEST(FuseProducts, LightFunctionsTakeEveryPlace) {
  const Tensor a = input({5, 4}), b = input({4, 8}), x = input({5, 8});
  const Tensor c = matmul(a, b);
  for (const Tensor& y : {square(relu(-c)) + 0.5F, leaky_relu(1.0F - abs(c) * 2.0F, 0.1F),
                          maximum(clamp(c, -1, 1) / 3.0F, -0.2F), minimum(c, 0.5F)})
    expect_in_kernel(y, {{a}, {b}});
  for (const Tensor& y : {minimum((c + x) * x, x) / x, maximum(c - x, x),
                          gate_within(c, x, -1, 0.5F), greater(c, x), less(c, x), equal(c, x)})
    expect_in_kernel(y, {{a}, {b}, {x}});
}

// The largest tile, whose stores are unrolled the most.
TEST(FuseProducts, LargeTilesKeepTheirBits) {
  const Tensor a = input({70, 67}), b = input({67, 130}), bias = input({130});
  const Tensor y = relu(matmul(a, b) + bias);
  CompileOptions apart;
  apart.disabled_passes = {"fuse_products"};
  const std::vector<Drawn> inputs{{a}, {b}, {bias}};
  EXPECT_EQ(run_for_bits(y, inputs, {}).result, run_for_bits(y, inputs, apart).result);
}

TEST(FuseProducts, TakesTheEvaluatedBatchNorm) {
  const Tensor a = input({5, 4}), b = input({4, 8}), s = input({8}), t = input({8});
  expect_same_bits(relu(scale_shift(matmul(a, b), s, t)), {{a}, {b}, {s}, {t}}, "fuse_products", 2);
}

TEST(FuseProducts, ValuesThatOthersReadStay) {
  const Tensor a = input({5, 4}), b = input({4, 8}), bias = input({8});
  const Tensor c = matmul(a, b), z = c + bias;
  expect_fused({c, z}, 0);
  expect_fused({z, relu(z)}, 1);
  expect_fused({sum(c), exp(c)}, 0);
  expect_fused({c * c}, 0);
}

TEST(FuseProducts, TakesNoMoreThanFits) {
  const Tensor a = input({5, 4}), b = input({4, 8});
  std::vector<Tensor> x;
  for (int i = 0; i < 4; ++i) x.push_back(input({5, 8}));
  const Tensor c = matmul(a, b);
  expect_fused({relu(abs(-square(c)))}, 1);
  // A fifth step remains, and a fourth operand: both launches have something to do.
  expect_fused({relu(abs(-square(clamp(c, -1, 2))))}, 0);
  // One function of many instructions, with two steps before it and one after at most.
  expect_fused({relu(gelu(c * 2.0F + x[0]))}, 1);
  expect_fused({relu(gelu(-(c * 2.0F + x[0])))}, 0);
  expect_fused({abs(relu(gelu(c)))}, 0);
  expect_fused({gelu(tanh(c))}, 0);
  expect_fused({c + x[0] + x[1] + x[2]}, 1);
  expect_fused({c + x[0] + x[1] + x[2] + x[3]}, 0);
  expect_fused({c + x[0] + x[0] + x[0] + x[0]}, 1);
  // What repeats the product is not a step of it.
  expect_fused({matmul(input({1, 4}), b) + x[0]}, 0);
  // A sum of nothing is not made by the product's kernel.
  expect_fused({matmul(input({5, 0}), input({0, 8})) + x[0]}, 0);
}

TEST(FuseProducts, NamesWhatItTook) {
  const Tensor y = relu(matmul(input({5, 4}), input({4, 8})) + input({8}));
  const Graph graph = optimize({{y}, {}});
  const Operation& product = graph.outputs.at(0).operation();
  EXPECT_EQ(product.name(), "matmul");
  EXPECT_EQ(product.attributes(), "then=add+relu");
  // Gradients are made before.
  EXPECT_THROW((void)gradient(sum(graph.outputs.at(0)), {graph.outputs.at(0).node().inputs.at(0)}),
               Unsupported);
}

TEST(FuseProducts, IsSwitchedOffByTheEnvironment) {
  const Tensor y = relu(matmul(input({5, 4}), input({4, 8})));
  const Target& target = test_device().target();
  EXPECT_EQ(plan(target, {y}).launches.size(), 1U);
  const SwitchedOff off("fuse_products");
  EXPECT_EQ(plan(target, {y}).launches.size(), 2U);
}

TEST(FuseProducts, EveryPassCanBeNamedBesideCapabilities) {
  for (const std::string_view pass : pass_names)
    EXPECT_EQ(capabilities_from_names(std::string(pass) + ",coopmat"),
              Capabilities{Capability::coopmat});
  EXPECT_THROW((void)capabilities_from_names("fuse_nothing"), InvalidArgument);
}

}  // namespace
}  // namespace ridgeback::test
