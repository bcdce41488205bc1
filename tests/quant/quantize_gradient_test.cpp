// SPDX-License-Identifier: Apache-2.0
// Products whose output gradient is quantized: packed as simulated, and what they amount to.
#include "ridgeback/quant/quantize_gradient.hpp"

#include "ridgeback/graph/dump.hpp"
#include "ridgeback/graph/pass.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/ops.hpp"
#include "ridgeback/quant/quant.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <utility>

#include "harness/count_text.hpp"
#include "harness/device.hpp"
#include "harness/quant_case.hpp"

namespace ridgeback::test {
namespace {

using quant::Codebook;
using quant::GradientCode;
using quant::GradientRange;
using quant::Group;
using quant::Perturbation;
using quant::Rounding;

// Of operands with one block a row.
Perturbation rows(int bits, Codebook codebook = Codebook::minmax) {
  return {.bits = bits, .codebook = codebook, .group = Group::channel()};
}

// y = x_hat w_hat^T with the gradients of x_hat and w_hat for a given dy.
struct Product {
  Tensor x, w, dy;
  quant::GradientRanges ranges;
  std::vector<Tensor> outputs;  // y, dx_hat, dw_hat and, in hindsight, the next ranges

  Product(const Shape& x_shape, std::int64_t neurons, const Perturbation& of_x,
          const Perturbation& of_w, const GradientCode& code)
      : x(input(x_shape)), w(input({neurons, x_shape[-1]})), dy(input(x_shape.with(-1, neurons))) {
    const Tensor x_hat = quant::denoise(x, of_x), w_hat = quant::denoise(w, of_w);
    Tensor y = matmul(x_hat, transpose(w_hat));
    std::vector<Tensor> wanted{x_hat, w_hat};
    if (code.range == GradientRange::hindsight && !code.is_identity()) {
      ranges = {state({Shape{1}, DType::f32}), state({Shape{neurons}, DType::f32})};
      wanted.insert(wanted.end(), {ranges.dx, ranges.dw});
    }
    y = quant::quantize_gradient(y, x_hat, w_hat, code, 3, ranges);
    outputs = gradient(y * dy, wanted);
    outputs.insert(outputs.begin(), y);
  }
};

std::vector<Array> run(const Product& p, bool simulate = false) {
  CompileOptions options{.guards = true};
  if (simulate) options.disabled_passes = {"pack_products"};
  Executable e = compile(test_device(), p.outputs, {}, options);
  std::uint64_t seed = 1;
  for (const Tensor& in : {p.x, p.w, p.dy})
    e.set_bytes(in, encode({in.shape(), draw(in.shape().count(), seed++)}, DType::f32));
  e.run({.step = 2, .seed_low = 9});
  e.check_guards();
  std::vector<Array> results;
  for (const Tensor& out : p.outputs) results.push_back(decode(out.spec(), e.get_bytes(out)));
  return results;
}

std::string packed_dump(const Product& p) {
  return dump(optimize({p.outputs, {}}));
}

void expect_same(const Product& p) {
  const std::vector<Array> packed = run(p), simulated = run(p, true);
  for (std::size_t i = 0; i < packed.size(); ++i)
    EXPECT_TRUE(near_largest(packed[i].values, simulated[i].values, 1e-5)) << "output " << i;
}

// All three products are of codes, and nothing is a float that need not be.
void expect_integers(const Product& p) {
  const std::string text = packed_dump(p);
  EXPECT_EQ(count(text, "= matmul_codes("), 1U) << text;
  EXPECT_EQ(count(text, "= matmul_coded_rows("), 2U) << text;
  for (const char* none : {"= matmul(", "= dequantize(", "= matmul_dense_codes(",
                           "= quantize_gradient(", "= add(", "= transpose("})
    EXPECT_EQ(count(text, none), 0U) << text;
}

// With the identity as both operands dx and dw are the coded dy, by rows and by columns, and a dy
// that is symmetric and has the same values in every row makes them equal unless what is drawn
// differs.
TEST(QuantizeGradient, TheTwoProductsDrawOnTheirOwn) {
  constexpr std::int64_t n = 12;
  std::vector<double> identity(n * n), dy(n * n);
  const std::vector<double> of_distance = draw(n, 6);
  for (std::int64_t i = 0; i < n * n; ++i) {
    const std::int64_t d = std::abs(i / n - i % n), distance = std::min(d, n - d);
    identity[static_cast<std::size_t>(i)] = distance == 0 ? 1 : 0;
    dy[static_cast<std::size_t>(i)] =
        distance == 0 ? 4 : of_distance[static_cast<std::size_t>(distance)];
  }
  for (const Perturbation& operand : {rows(1), Perturbation{}}) {
    for (const Rounding rounding : {Rounding::nearest, Rounding::stochastic}) {
      const Product p({n, n}, n, operand, operand, {.bits = 3, .rounding = rounding});
      Executable e = compile(test_device(), p.outputs);
      for (const Tensor& in : {p.x, p.w})
        e.set_bytes(in, encode({in.shape(), identity}, DType::f32));
      e.set_bytes(p.dy, encode({p.dy.shape(), dy}, DType::f32));
      e.run({.step = 2, .seed_low = 9});
      const Array dx = decode(p.outputs[1].spec(), e.get_bytes(p.outputs[1]));
      const Array dw = decode(p.outputs[2].spec(), e.get_bytes(p.outputs[2]));
      Array turned = dw;
      for (std::int64_t i = 0; i < n * n; ++i) turned[i] = dw[i % n * n + i / n];
      // Of either order of the draws.
      for (const Array& other : {dw, turned}) {
        EXPECT_EQ(bool(near_largest(dx.values, other.values, 1e-5)), rounding == Rounding::nearest)
            << quant::text(operand);
      }
    }
  }
}

TEST(QuantizeGradient, WholeRowsAreIntegerProductsOfEveryType) {
  const std::vector<Perturbation> operands{rows(1),
                                           rows(1, Codebook::sign_mean),
                                           rows(2),
                                           rows(4),
                                           rows(8, Codebook::absmax),
                                           {.bits = quant::ternary_bits, .group = Group::channel()},
                                           {.bits = 1, .sparsity = quant::n_of_m(2, 4)}};
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const int bits = 2 + static_cast<int>(i);
    const Perturbation &x = operands[i], &w = operands[(i + 3) % operands.size()];
    SCOPED_TRACE(fmt::format("{} by {}, {} bits", quant::text(x), quant::text(w), bits));
    const Product p({13, 72}, 11, x, w, {.bits = bits});
    expect_integers(p);
    expect_same(p);
  }
}

TEST(QuantizeGradient, OddShapes) {
  int bits = 8;
  for (const auto& [shape, neurons] : std::vector<std::pair<Shape, std::int64_t>>{{{1, 1}, 1},
                                                                                  {{1, 31}, 10},
                                                                                  {{17, 257}, 36},
                                                                                  {{17, 257}, 1},
                                                                                  {{2, 3, 40}, 36},
                                                                                  {{65, 68}, 36},
                                                                                  {{0, 40}, 36},
                                                                                  {{3, 0}, 10}}) {
    SCOPED_TRACE(fmt::format("{} to {}, {} bits", shape.text(), neurons, bits));
    const Product p(shape, neurons, rows(1), rows(1), {.bits = bits});
    if (shape.count() > 0) expect_integers(p);
    expect_same(p);
    bits = bits == 2 ? 8 : bits / 2;
  }
}

TEST(QuantizeGradient, NearestAndHindsightArePackedToo) {
  for (const GradientCode& code : std::vector<GradientCode>{
           {.bits = 4, .rounding = Rounding::nearest},
           {.bits = 3, .range = GradientRange::hindsight},
           {.bits = 8, .rounding = Rounding::nearest, .range = GradientRange::hindsight}}) {
    SCOPED_TRACE(quant::text(code));
    expect_same(Product({9, 96}, 20, rows(1), rows(1), code));
    expect_same(Product({9, 96}, 20, {.bits = 1, .group = Group::blocks(32)}, {}, code));
  }
}

TEST(QuantizeGradient, BlocksAndFloatOperandsTakeTheQuantizedGradientInFloats) {
  const Perturbation blocks{.bits = 1, .group = Group::blocks(64)};
  struct Case {
    Perturbation x, w;
    std::size_t integer, dense, plain;
  };
  // dx is of w, dw of x. Of y and both gradients those with a packed operand read its codes.
  for (const Case& c : std::vector<Case>{{blocks, blocks, 0, 2, 0},
                                         {blocks, rows(1), 1, 1, 0},
                                         {rows(1), blocks, 1, 1, 0},
                                         {{}, rows(1), 1, 1, 1},
                                         {rows(1), {}, 1, 0, 2},
                                         {{}, blocks, 0, 2, 1},
                                         {{}, {}, 0, 0, 3}}) {
    SCOPED_TRACE(fmt::format("{} by {}", quant::text(c.x), quant::text(c.w)));
    const Product p({9, 128}, 20, c.x, c.w, {.bits = 4});
    const std::string text = packed_dump(p);
    EXPECT_EQ(count(text, "= matmul_coded_rows("), c.integer) << text;
    EXPECT_EQ(count(text, "= matmul_dense_codes("), c.dense) << text;
    EXPECT_EQ(count(text, "= matmul("), c.plain) << text;
    expect_same(p);
  }
}

// The error of a gradient, relative to its own norm, against bits: it halves with each and is far
// below 1.
TEST(QuantizeGradient, ComesCloserToTheGradientWithEachBit) {
  const Perturbation blocks{.bits = 2, .group = Group::blocks(32)};
  for (const Perturbation& p : {rows(2), blocks, Perturbation{}}) {
    const std::vector<Array> exact = run(Product({24, 64}, 40, p, p, {}));
    for (const Rounding rounding : {Rounding::nearest, Rounding::stochastic}) {
      for (const int bits : {4, 8}) {
        const std::vector<Array> got =
            run(Product({24, 64}, 40, p, p, {.bits = bits, .rounding = rounding}));
        EXPECT_TRUE(near_largest(got[0].values, exact[0].values, 1e-6));
        for (const std::size_t which : {1U, 2U}) {
          double error = 0, norm = 0;
          for (std::size_t i = 0; i < got[which].values.size(); ++i) {
            error += std::pow(got[which].values[i] - exact[which].values[i], 2);
            norm += std::pow(exact[which].values[i], 2);
          }
          const double relative = std::sqrt(error / norm);
          EXPECT_LT(relative, bits == 4 ? 0.25 : 0.016) << which << " " << quant::text(p);
          EXPECT_GT(relative, bits == 4 ? 0.02 : 0.001) << which << " " << quant::text(p);
        }
      }
    }
  }
}

// Gradients that codes hold exactly: whole multiples of a step, the largest of each token and
// channel of them.
TEST(QuantizeGradient, IsExactWhereCodesAre) {
  const Product p({6, 40}, 6, {}, {}, {.bits = 4});
  Executable e = compile(test_device(), p.outputs);
  e.set_bytes(p.x, encode({p.x.shape(), draw(p.x.shape().count(), 1)}, DType::f32));
  e.set_bytes(p.w, encode({p.w.shape(), draw(p.w.shape().count(), 2)}, DType::f32));
  std::vector<float> dy(36);
  for (std::size_t i = 0; i < dy.size(); ++i)
    dy[i] = 0.25F * static_cast<float>(i % 7 == 0 ? 7 : static_cast<int>(i * 5 % 15) - 7);
  e.set(p.dy, dy);
  e.run();
  const std::vector<float> dx = e.get<float>(p.outputs[1]), dw = e.get<float>(p.outputs[2]);
  const std::vector<double> x = draw(p.x.shape().count(), 1), w = draw(p.w.shape().count(), 2);
  for (std::size_t i = 0; i < 6; ++i) {
    for (std::size_t k = 0; k < 40; ++k) {
      double of_x = 0, of_w = 0;
      for (std::size_t j = 0; j < 6; ++j) {
        of_x += static_cast<double>(dy[i * 6 + j]) * w[j * 40 + k];
        of_w += static_cast<double>(dy[j * 6 + i]) * x[j * 40 + k];
      }
      EXPECT_NEAR(static_cast<double>(dx[i * 40 + k]), of_x, 1e-5);
      EXPECT_NEAR(static_cast<double>(dw[i * 40 + k]), of_w, 1e-5);
    }
  }
}

// range(1) is what step 1 measured, range(2) = m range(1) + (1 - m) largest(2). Where x is coded in
// whole rows dw has codes of s_X dy by output channel; else both products have codes of dy by
// token, whatever keeps the codes of x from being used.
TEST(QuantizeGradient, RangesFollowInHindsight) {
  const std::vector<Perturbation> whole{rows(1, Codebook::sign_mean),
                                        {.bits = 4, .group = Group::blocks(64)}};
  std::vector<Perturbation> all = whole;
  all.insert(all.end(), {Perturbation{},
                         rows(5, Codebook::power_of_two),
                         {.bits = 4, .group = Group::blocks(1000)},
                         {.bits = 1, .group = Group::channel(), .timesteps = 2}});
  for (std::size_t which = 0; which < all.size(); ++which) {
    const Perturbation& of_x = all[which];
    SCOPED_TRACE(quant::text(of_x));
    const Product p({8, 64}, 12, of_x, {},
                    {.bits = 8, .range = GradientRange::hindsight, .momentum = 0.75F});
    const std::vector<Assignment> updates{assign(p.ranges.dx, p.outputs[3]),
                                          assign(p.ranges.dw, p.outputs[4])};
    std::vector<Tensor> outputs{p.outputs[1], p.outputs[2]};
    if (which < whole.size()) outputs.push_back(quant::perturb(p.x, of_x).factors);
    Executable e = compile(test_device(), outputs, updates);
    e.set_bytes(p.x, encode({p.x.shape(), draw(p.x.shape().count(), 1)}, DType::f32));
    e.set_bytes(p.w, encode({p.w.shape(), draw(p.w.shape().count(), 2)}, DType::f32));
    std::vector<float> dy(8 * 12);
    for (std::size_t i = 0; i < dy.size(); ++i)
      dy[i] = static_cast<float>(i % 5) - 2 + (i == 17 ? 7.0F : 0);
    e.set(p.dy, dy);
    e.run({.step = 1});
    std::vector<float> largest(12, which < whole.size() ? 0.0F : 7.0F);
    if (which < whole.size()) {
      const std::vector<float> factors = e.get<float>(outputs[2]);  // (s, o) of each token
      for (std::size_t i = 0; i < dy.size(); ++i)
        largest[i % 12] = std::max(largest[i % 12], std::abs(factors[i / 12 * 2] * dy[i]));
    }
    const std::vector<float> first = test_device().read<float>(p.ranges.dw);
    ASSERT_EQ(first.size(), 12U);
    for (std::size_t j = 0; j < 12; ++j) EXPECT_NEAR(first[j], largest[j], 1e-6F * largest[j]) << j;
    EXPECT_FLOAT_EQ(test_device().read<float>(p.ranges.dx)[0], 7);
    for (float& v : dy) v *= 3;
    e.set(p.dy, dy);
    e.run({.step = 2});
    EXPECT_FLOAT_EQ(test_device().read<float>(p.ranges.dx)[0], 0.75F * 7 + 0.25F * 21);
    const std::vector<float> second = test_device().read<float>(p.ranges.dw);
    for (std::size_t j = 0; j < 12; ++j)
      EXPECT_NEAR(second[j], 1.5F * largest[j], 1e-5F * largest[j]) << j;
  }
}

// The range of a tensor is the largest that a layer keeps: what other codes of x left it in the
// stage before may differ by output channel.
TEST(QuantizeGradient, OneRangeIsTheLargestOfThoseKept) {
  const Product p({8, 64}, 3, {}, {},
                  {.bits = 2, .rounding = Rounding::nearest, .range = GradientRange::hindsight});
  Executable e = compile(test_device(), {p.outputs[1], p.outputs[2]});
  std::vector<double> x(8 * 64), dy(8 * 3);
  for (std::size_t t = 0; t < 8; ++t) x[t * 64 + t] = 1;  // dw[j, t] is the value of dy[t, j]
  const std::vector<double> given{1, 1.2, 1.9, 2.1, 4, -4, -1.9, -2.1};
  for (std::size_t t = 0; t < 8; ++t) dy[3 * t] = given[t];
  e.set_bytes(p.x, encode({p.x.shape(), x}, DType::f32));
  e.set_bytes(p.w, encode({p.w.shape(), draw(p.w.shape().count(), 2)}, DType::f32));
  e.set_bytes(p.dy, encode({p.dy.shape(), dy}, DType::f32));
  test_device().write<float>(p.ranges.dx, std::vector<float>{4});
  test_device().write<float>(p.ranges.dw, std::vector<float>{0.5F, 4, 0});
  e.run();
  const std::vector<float> dw = e.get<float>(p.outputs[2]);
  const std::vector<float> expected{0, 0, 0, 4, 4, -4, 0, -4};
  for (std::size_t t = 0; t < 8; ++t) EXPECT_FLOAT_EQ(dw[t], expected[t]) << t;
}

// Of any other product: multiples of a step for each row, the largest magnitude exact.
TEST(QuantizeGradient, OfAValueOfAnyKind) {
  for (const Shape& shape : std::vector<Shape>{{6, 10}, {2, 3, 33}, {7}}) {
    for (const bool hindsight : {false, true}) {
      const GradientCode code{
          .bits = 3,
          .range = hindsight ? GradientRange::hindsight : GradientRange::dynamic,
          .momentum = 0.5F};
      const Tensor y = input(shape), dy = input(shape);
      const Tensor range = hindsight ? state({Shape{1}, DType::f32}) : Tensor{};
      const Tensor same = quant::quantize_gradient(y, code, 4, range);
      std::vector<Tensor> wanted{y};
      if (hindsight) wanted.push_back(range);
      const std::vector<Tensor> grads = gradient(same * dy, wanted);
      std::vector<Assignment> updates;
      if (hindsight) updates.push_back(assign(range, grads[1]));
      Executable e = compile(test_device(), {same, grads[0]}, updates);
      const std::vector<double> values = draw(shape.count(), 1), given = draw(shape.count(), 2);
      e.set_bytes(y, encode({shape, values}, DType::f32));
      e.set_bytes(dy, encode({shape, given}, DType::f32));
      if (hindsight) test_device().write<float>(range, std::vector<float>{3});
      e.run({.step = 1});
      EXPECT_EQ(decode(y.spec(), e.get_bytes(same)).values,
                decode(y.spec(), encode({shape, values}, DType::f32)).values);
      const Array got = decode(y.spec(), e.get_bytes(grads[0]));
      const std::int64_t cols = shape[-1];
      double largest = 0;
      for (std::int64_t r = 0; r < shape.count() / cols; ++r) {
        double of_row = 0;
        for (std::int64_t i = r * cols; i < (r + 1) * cols; ++i)
          of_row = std::max(of_row, std::abs(given[static_cast<std::size_t>(i)]));
        largest = std::max(largest, of_row);
        const double step = (hindsight ? 3 : of_row) / 3;
        for (std::int64_t i = r * cols; i < (r + 1) * cols; ++i) {
          const double q = got[i] / step;
          EXPECT_NEAR(q, std::round(q), 1e-5) << i;
          EXPECT_LT(std::abs(got[i] - given[static_cast<std::size_t>(i)]), 1.001 * step) << i;
        }
      }
      if (!hindsight) continue;
      EXPECT_NEAR(test_device().read<float>(range)[0], 1.5 + 0.5 * largest, 1e-5);
    }
  }
}

TEST(QuantizeGradient, RefusesWhatDoesNotFit) {
  const Tensor x = input({6, 8}), w = input({5, 8}), y = matmul(x, transpose(w));
  EXPECT_TRUE(quant::quantize_gradient(y, x, w, {}, 0).is(y));
  EXPECT_THROW((void)quant::quantize_gradient(y, w, x, {.bits = 8}, 0), InvalidArgument);
  EXPECT_THROW((void)quant::quantize_gradient(y, x, w, {.bits = 1}, 0), InvalidArgument);
  const quant::GradientRanges ranges{input({1}), input({5})};
  EXPECT_THROW((void)quant::quantize_gradient(y, x, w, {.bits = 8}, 0, ranges), InvalidArgument);
  const GradientCode hindsight{.bits = 8, .range = GradientRange::hindsight};
  EXPECT_THROW((void)quant::quantize_gradient(y, x, w, hindsight, 0), InvalidArgument);
  for (const auto& [dx, dw] : {std::pair<int, int>{1, 1}, {5, 5}, {1, 6}}) {
    EXPECT_THROW((void)quant::quantize_gradient(y, x, w, hindsight, 0, {input({dx}), input({dw})}),
                 InvalidArgument);
  }
  EXPECT_NO_THROW((void)quant::quantize_gradient(y, x, w, hindsight, 0, ranges));
  EXPECT_TRUE(quant::quantize_gradient(y, {}, 0).is(y));
  EXPECT_THROW((void)quant::quantize_gradient(y, {.bits = 1}, 0), InvalidArgument);
  EXPECT_THROW((void)quant::quantize_gradient(y, {.bits = 8}, 0, input({1})), InvalidArgument);
  EXPECT_THROW((void)quant::quantize_gradient(y, hindsight, 0), InvalidArgument);
  EXPECT_THROW((void)quant::quantize_gradient(y, hindsight, 0, input({5})), InvalidArgument);
  EXPECT_THROW((void)quant::quantize_gradient(input({}), {.bits = 8}, 0), InvalidArgument);
}

}  // namespace
}  // namespace ridgeback::test
