// SPDX-License-Identifier: Apache-2.0
// Products of dequantized values become products of codes, and compute the same.
#include "ridgeback/graph/dump.hpp"
#include "ridgeback/graph/pass.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/gradient.hpp"
#include "ridgeback/ops/layout.hpp"
#include "ridgeback/ops/matmul.hpp"
#include "ridgeback/ops/softmax.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "harness/count_text.hpp"
#include "harness/device.hpp"
#include "harness/quant_case.hpp"

namespace ridgeback::test {
namespace {

using quant::Codebook;
using quant::Group;
using quant::Perturbation;

// A layer y = x_hat w_hat^T and its gradients for the output gradient dy.
struct Layer {
  Tensor x, w, dy;
  std::vector<Tensor> outputs;  // y, dx, dw
};

Layer layer(const Shape& x_shape, std::int64_t neurons, const Perturbation& of_x,
            const Perturbation& of_w) {
  Layer l;
  l.x = input(x_shape);
  l.w = input({neurons, x_shape[-1]});
  l.dy = input(x_shape.with(-1, neurons));
  const Tensor y = matmul(quant::denoise(l.x, of_x), transpose(quant::denoise(l.w, of_w)));
  const std::vector<Tensor> grads = gradient(y * l.dy, {l.x, l.w});
  l.outputs = {y, grads[0], grads[1]};
  return l;
}

std::string packed_dump(const std::vector<Tensor>& outputs) {
  return dump(optimize({outputs, {}}));
}

std::vector<Array> run(const Layer& l, bool simulate) {
  CompileOptions options{.guards = true};
  if (simulate) options.disabled_passes = {"pack_products"};
  Executable e = compile(test_device(), l.outputs, {}, options);
  std::uint64_t seed = 1;
  for (const Tensor& in : {l.x, l.w, l.dy}) {
    e.set_bytes(in, encode({in.shape(), draw(in.shape().count(), seed++)}, DType::f32));
  }
  e.run();
  e.check_guards();
  std::vector<Array> results;
  for (const Tensor& out : l.outputs) results.push_back(decode(out.spec(), e.get_bytes(out)));
  return results;
}

void expect_same(const Layer& l, double tolerance = 1e-5) {
  const std::vector<Array> packed = run(l, false), simulated = run(l, true);
  for (std::size_t i = 0; i < packed.size(); ++i) {
    EXPECT_TRUE(near_largest(packed[i].values, simulated[i].values, tolerance)) << "output " << i;
  }
}

void expect_packed(const Layer& l) {
  const std::string text = packed_dump(l.outputs);
  EXPECT_EQ(count(text, "= matmul_codes("), 1U) << text;
  EXPECT_EQ(count(text, "= matmul_dense_codes("), 2U) << text;
  EXPECT_EQ(count(text, "= dequantize("), 0U) << text;
  EXPECT_EQ(count(text, "= matmul("), 0U) << text;
}

// Every type of stored codes, affine and linear forms.
std::vector<Perturbation> operands() {
  return {{.bits = 1},
          {.bits = 1, .codebook = Codebook::sign_mean},
          {.bits = 1, .sparsity = quant::n_of_m(2, 4)},
          {.bits = 2},
          {.bits = 3, .codebook = Codebook::absmax},
          {.bits = 8}};
}

TEST(PackProducts, EveryPairOfOperands) {
  for (const Perturbation& x : operands()) {
    for (const Perturbation& w : operands()) {
      SCOPED_TRACE(fmt::format("{} by {}", quant::text(x), quant::text(w)));
      const Layer l = layer({5, 100}, 7, x, w);
      expect_packed(l);
      expect_same(l);
    }
  }
}

TEST(PackProducts, EveryNumberOfBitsAndTheOtherCodebooks) {
  std::vector<Perturbation> list{{.bits = 1, .codebook = Codebook::sign_linear},
                                 {.bits = quant::ternary_bits},
                                 {.bits = 3, .codebook = Codebook::meanabs},
                                 {.bits = 2, .codebook = Codebook::power_of_two},
                                 {.bits = 3, .codebook = Codebook::power_of_two},
                                 {.bits = 4, .codebook = Codebook::power_of_two},
                                 {.bits = 4, .sparsity = quant::pruned_blocks(0.5, 2, 8)},
                                 {.bits = 6, .sparsity = quant::fraction(0.5)}};
  for (int bits = 1; bits <= 8; ++bits) list.push_back({.bits = bits});
  for (const Perturbation& p : list) {
    const Layer l = layer({6, 70}, 5, p, p);
    expect_packed(l);
    expect_same(l);
  }
}

TEST(PackProducts, EveryPairOfGroups) {
  const std::vector<Group> groups{Group::blocks(32), Group::blocks(64), Group::blocks(128),
                                  Group::channel()};
  for (const Shape& shape : std::vector<Shape>{{3, 150}, {9, 64}, {2, 33}}) {
    for (const Group of_x : groups) {
      for (const Group of_w : groups) {
        SCOPED_TRACE(fmt::format("{} {} {}", shape.text(), text(of_x), text(of_w)));
        const Layer l = layer(shape, 11, {.bits = 1, .group = of_x}, {.bits = 2, .group = of_w});
        expect_packed(l);
        expect_same(l);
      }
    }
    const Layer l = layer(shape, 4, {.bits = 4}, {.bits = 1, .group = Group::tensor()});
    expect_packed(l);
    expect_same(l);
  }
}

// Values of 16 bits are read as they lie: no launch makes f32 ones of them.
TEST(PackProducts, HalvesStayHalves) {
  const Tensor w = input({24, 40}), a = input({7, 40}, DType::f16), dy = input({7, 24}, DType::f16);
  const Tensor w_hat = quant::denoise(w, {.bits = 4});
  const Tensor rows = input({7, 24}), rows_hat = quant::denoise(rows, {.bits = 1});
  const std::vector<Tensor> outputs{matmul(a, transpose(w_hat)), matmul(dy, w_hat),
                                    matmul(transpose(a), rows_hat)};
  const std::string text = packed_dump(outputs);
  EXPECT_EQ(count(text, "= matmul_dense_codes("), 3U) << text;
  EXPECT_EQ(count(text, "= dequantize("), 0U) << text;
  EXPECT_EQ(count(text, "cast"), 0U) << text;
  std::vector<std::vector<Array>> results;
  for (const bool simulate : {false, true}) {
    CompileOptions options{.guards = true};
    if (simulate) options.disabled_passes = {"pack_products"};
    Executable e = compile(test_device(), outputs, {}, options);
    for (const Launch& launch : e.program().launches)
      EXPECT_FALSE(launch.dispatch.kernel.starts_with("cast")) << launch.dispatch.kernel;
    std::uint64_t seed = 1;
    for (const Tensor& in : {w, a, dy, rows})
      e.set_bytes(
          in, encode(integers(in.shape(), -8, 8, in.dtype(), seed++).draw(in.shape()), in.dtype()));
    e.run();
    e.check_guards();
    std::vector<Array>& of_run = results.emplace_back();
    for (const Tensor& out : outputs) of_run.push_back(decode(out.spec(), e.get_bytes(out)));
  }
  for (std::size_t i = 0; i < outputs.size(); ++i)
    EXPECT_TRUE(near_largest(results[0][i].values, results[1][i].values, 1e-5)) << "output " << i;
}

TEST(PackProducts, OddShapes) {
  for (const Shape& shape :
       std::vector<Shape>{{1, 1}, {1, 31}, {17, 257}, {2, 3, 40}, {33, 784}, {0, 40}, {3, 0}}) {
    for (const std::int64_t neurons : {1, 10, 33}) {
      SCOPED_TRACE(fmt::format("{} to {}", shape.text(), neurons));
      const Layer l = layer(shape, neurons, {.bits = 1}, {.bits = 1});
      expect_packed(l);
      expect_same(l);
    }
  }
}

TEST(PackProducts, TheStraightThroughEstimatorIsPackedToo) {
  const Perturbation p{.bits = 1, .estimator = quant::Estimator::straight_through};
  const Layer l = layer({6, 100}, 5, p, p);
  expect_packed(l);
  expect_same(l);
}

TEST(PackProducts, OneQuantizedSide) {
  const Layer weights = layer({6, 100}, 5, {}, {.bits = 1});
  const std::string text = packed_dump(weights.outputs);
  // y and dx read the codes of w, dw is a product of floats.
  EXPECT_EQ(count(text, "= matmul_dense_codes("), 2U) << text;
  EXPECT_EQ(count(text, "= matmul("), 1U) << text;
  EXPECT_EQ(count(text, "= dequantize("), 0U) << text;
  expect_same(weights);

  const Layer activations = layer({6, 100}, 5, {.bits = 1}, {});
  EXPECT_EQ(count(packed_dump(activations.outputs), "= matmul_dense_codes("), 1U);
  expect_same(activations);
}

TEST(PackProducts, WhatCannotBePackedStaysFloat) {
  const auto nothing_packed = [](const Tensor& y) {
    const std::string text = packed_dump({y});
    EXPECT_EQ(count(text, "= matmul("), 1U) << text;
    EXPECT_EQ(count(text, "_codes("), 0U) << text;
  };
  const Tensor x = input({6, 128}), w = input({5, 128}), batched = input({2, 5, 128});
  const Tensor one = quant::denoise(x, {.bits = 1, .group = Group::blocks(64)});
  // Blocks that do not nest.
  nothing_packed(
      matmul(one, transpose(quant::denoise(w, {.bits = 1, .group = Group::blocks(96)}))));
  // Codes that are floats.
  nothing_packed(matmul(x, transpose(quant::denoise(w, {.sparsity = quant::fraction(0.5)}))));
  // Simulated: blocks that do not begin at words, powers of two of many bits.
  nothing_packed(matmul(x, transpose(quant::denoise(w, {.bits = 4, .group = Group::blocks(48)}))));
  nothing_packed(
      matmul(x, transpose(quant::denoise(w, {.bits = 5, .codebook = Codebook::power_of_two}))));
  // A right side with a batch that the left side repeats, or another than the left side has.
  const Tensor batch = quant::denoise(batched, {.bits = 1});
  nothing_packed(matmul(x, transpose(batch)));
  nothing_packed(matmul(input({1, 6, 128}), transpose(batch)));
  nothing_packed(matmul(input({3, 1, 6, 128}), transpose(batch)));
  nothing_packed(matmul(input({3, 2, 6, 5}), batch));
  // A left side read transposed, and a dense right side.
  nothing_packed(matmul(transpose(one), input({6, 4})));
  // Not the dequantized value itself.
  nothing_packed(matmul(x, transpose(2.0F * quant::denoise(w, {.bits = 1}))));
  // No product.
  EXPECT_EQ(count(packed_dump({one + x}), "= dequantize("), 1U);
}

// A product of batches and its gradients.
Layer batches(const Shape& leading, std::int64_t rows, std::int64_t cols, std::int64_t depth,
              const Perturbation& of_x, const Perturbation& of_w) {
  const auto with = [&](std::int64_t r, std::int64_t c) {
    std::vector<std::int64_t> extents(leading.extents().begin(), leading.extents().end());
    extents.insert(extents.end(), {r, c});
    return Shape(extents);
  };
  Layer l{input(with(rows, depth)), input(with(cols, depth)), input(with(rows, cols)), {}};
  const Tensor y = matmul(quant::denoise(l.x, of_x), transpose(quant::denoise(l.w, of_w)));
  const std::vector<Tensor> grads = gradient(y * l.dy, {l.x, l.w});
  l.outputs = {y, grads[0], grads[1]};
  return l;
}

TEST(PackProducts, ProductsOfBatches) {
  const std::vector<Perturbation> several = operands();
  for (std::size_t i = 0; i < several.size(); ++i) {
    const Perturbation &of_x = several[i], &of_w = several[(i + 1) % several.size()];
    SCOPED_TRACE(fmt::format("{} by {}", quant::text(of_x), quant::text(of_w)));
    const Layer l = batches({2, 3}, 5, 7, 100, of_x, of_w);
    expect_packed(l);
    expect_same(l);
  }
  for (const Shape& leading : {Shape{1}, Shape{3}, Shape{0}, Shape{2, 1, 2}}) {
    const Layer l = batches(leading, 4, 9, 20, {.bits = 4}, {.bits = 1, .group = Group::tensor()});
    expect_packed(l);
    expect_same(l);
  }
}

// Attention: a product of codes, one of dense values with codes, and four products of the gradient,
// of which one has no codes. With quantized probabilities a score on the border between two codes
// makes a difference of a whole step, so values are compared without.
struct Attention {
  Tensor q, k, v;
  std::vector<Tensor> outputs;  // y, dq, dk, dv
};

Attention attention(const Shape& heads, const Perturbation& operand, bool probabilities) {
  Attention a{input(heads), input(heads), input(heads), {}};
  const Tensor scores =
      matmul(quant::denoise(a.q, operand), transpose(quant::denoise(a.k, operand)));
  Tensor p = causal_softmax(scores, 0.25F);
  if (probabilities) p = causal_mask(quant::denoise(p, operand));
  const Tensor y = matmul(p, quant::denoise(a.v, operand));
  a.outputs = {y};
  for (const Tensor& grad : gradient(square(y), {a.q, a.k, a.v})) a.outputs.push_back(grad);
  return a;
}

TEST(PackProducts, Attention) {
  for (const int bits : {1, 4}) {
    for (const std::int64_t d : {20, 32}) {
      SCOPED_TRACE(fmt::format("{} bits, heads of {}", bits, d));
      for (const bool probabilities : {false, true}) {
        const Attention a = attention({2, 3, 9, d}, {.bits = bits}, probabilities);
        const std::string text = packed_dump(a.outputs);
        EXPECT_EQ(count(text, "= matmul_codes("), 1U) << text;
        EXPECT_EQ(count(text, "= matmul_dense_codes("), 4U) << text;  // y, dp, dq, dk
        EXPECT_EQ(count(text, "= matmul("), 1U) << text;              // dv
        EXPECT_EQ(count(text, "= dequantize("), probabilities ? 1U : 0U) << text;
      }
      const Attention a = attention({2, 3, 9, d}, {.bits = bits}, false);
      expect_same(Layer{a.q, a.k, a.v, a.outputs});
    }
  }
}

TEST(PackProducts, AValueUsedElsewhereIsStillDequantized) {
  const Tensor x = input({6, 128}), w = input({5, 128});
  const Tensor x_hat = quant::denoise(x, {.bits = 1});
  const Tensor y = matmul(x_hat, transpose(quant::denoise(w, {.bits = 1})));
  const std::string text = packed_dump({y, x_hat * 2.0F});
  EXPECT_EQ(count(text, "= matmul_codes("), 1U) << text;
  EXPECT_EQ(count(text, "= dequantize("), 1U) << text;
}

TEST(PackProducts, TheSimulatedPathKeepsThePlainProduct) {
  const Layer l = layer({6, 128}, 5, {.bits = 1}, {.bits = 1});
  const std::vector<std::string_view> disabled{"pack_products"};
  const std::string text = dump(optimize({l.outputs, {}}, disabled));
  EXPECT_EQ(count(text, "= matmul("), 3U) << text;
  EXPECT_EQ(count(text, "_codes("), 0U) << text;
}

}  // namespace
}  // namespace ridgeback::test
