// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/gpu/shader_table.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/gradient.hpp"
#include "ridgeback/ops/norm.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <cmath>
#include <gtest/gtest.h>

#include "harness/device.hpp"
#include "harness/op_case.hpp"
#include "reference/rows.hpp"

namespace ridgeback::test {
namespace {

constexpr double epsilon = 1e-5F;

const std::vector<Shape>& shapes() {
  static const std::vector<Shape> list{Shape{3, 0},    Shape{1, 5},       Shape{7},
                                       Shape{9, 1},    Shape{17, 5},      Shape{128, 12},
                                       Shape{1031, 3}, Shape{2, 5, 3, 6}, Shape{300, 64}};
  return list;
}

std::vector<Tensor> all_of(const BatchNormed& b) {
  return {b.y, b.mean, b.variance};
}

std::vector<Array> batch_normed(const Array& x, const Array& gamma, const Array& beta) {
  return {reference::scale_shift(reference::normalize_columns(x, epsilon), gamma, beta),
          reference::column_mean(x), reference::column_variance(x)};
}

// dL/d(x, gamma) with L = sum of y * dy.
std::vector<Array> gradients(const Array& x, const Array& gamma, const Array& dy) {
  const Array n = reference::normalize_columns(x, epsilon);
  const Array variance = reference::column_variance(x);
  const auto [rows, cols] = as_matrix(x.shape);
  Array dx = x, dgamma(gamma.shape), dbeta(gamma.shape);
  for (std::int64_t i = 0; i < x.count(); ++i) {
    dgamma[i % cols] += dy[i] * n[i];
    dbeta[i % cols] += dy[i];
  }
  const auto count = static_cast<double>(rows);
  for (std::int64_t i = 0; i < x.count(); ++i) {
    const std::int64_t c = i % cols;
    dx[i] = gamma[c] / std::sqrt(variance[c] + epsilon) *
            (dy[i] - dbeta[c] / count - n[i] * dgamma[c] / count);
  }
  return {dx, dgamma};
}

std::vector<Array> folded(const std::vector<Array>& in) {
  const Array &gamma = in[0], &beta = in[1], &mean = in[2], &variance = in[3];
  Array scale = gamma, shift = beta;
  for (std::int64_t c = 0; c < gamma.count(); ++c) {
    scale[c] = gamma[c] / std::sqrt(variance[c] + epsilon);
    shift[c] = beta[c] - mean[c] * scale[c];
  }
  return {scale, shift};
}

TEST(FoldBatchNorm, GivesTheSameBitsInEveryGraph) {
  const Shape channels{37};
  const Tensor gamma = input(channels), beta = input(channels), mean = input(channels),
               variance = input(channels), x = input({50, 37});
  const FoldedNorm alone = fold_batch_norm(gamma, beta, mean, variance);
  // The same fold as part of something larger, applied, and differentiated.
  const FoldedNorm within = fold_batch_norm(gamma, beta, mean, variance);
  const Tensor y = scale_shift(x, within.scale, within.shift);
  const Tensor dx = gradient(square(y), {x})[0];
  Executable small = compile(test_device(), {alone.scale, alone.shift});
  Executable large = compile(test_device(), {within.scale, within.shift, y, dx});
  for (Executable* e : {&small, &large}) {
    std::uint64_t seed = 3;
    for (const Tensor& t : {gamma, beta, mean, variance})
      e->set_bytes(t, encode(uniform(channels, 0.1, 3, ++seed).draw(channels), DType::f32));
    if (e == &large) e->set_bytes(x, encode(uniform({50, 37}, -2, 2).draw({50, 37}), DType::f32));
    e->run();
  }
  EXPECT_EQ(small.get_bytes(alone.scale), large.get_bytes(within.scale));
  EXPECT_EQ(small.get_bytes(alone.shift), large.get_bytes(within.shift));
}

// Decorations NoContraction of a module: operations that a driver must not fuse.
int uncontracted(const std::string& kernel) {
  const auto* shader = gpu::find_shader(kernel, "baseline");
  int count = 0;
  for (std::size_t at = 5; at < shader->words.size(); at += shader->words[at] >> 16) {
    constexpr std::uint32_t op_decorate = 71, no_contraction = 42;
    if ((shader->words[at] & 0xffff) == op_decorate && shader->words[at + 2] == no_contraction)
      ++count;
  }
  return count;
}

// The drivers of this suite fuse nothing anyway, so that bits alone would not tell.
TEST(ScaleShift, RoundsProductAndSumApart) {
  EXPECT_GE(uncontracted("scale_shift"), 2);
  EXPECT_GE(uncontracted("fold_norm"), 5);
  EXPECT_EQ(uncontracted("column_norm"), 0);
}

}  // namespace

OP_CASES("batch_norm") {
  for (const Shape& s : shapes()) {
    const Shape channels{s[-1]};
    // A single row has variance 0: finite differences see the epsilon alone.
    add({.inputs = {uniform(s, -2, 3), uniform(channels, 0.5, 2, 2), uniform(channels, -1, 1, 3)},
         .graph = [](auto in) { return all_of(batch_norm(in[0], in[1], in[2])); },
         .reference = batch_normed,
         .tolerance = epsilons(16),
         .gradient = s.count() > 0 && s.count() > s[-1]});
  }
  add({.inputs = {uniform({90, 10}, -2, 3)},
       .graph = [](auto in) { return batch_norm(in[0]).y; },
       .reference = [](const Array& x) { return reference::normalize_columns(x, epsilon); },
       .tolerance = epsilons(16),
       .gradient = true,
       .label = "plain"});
  add({.inputs = {uniform({33, 12}, -2, 3), uniform({12}, -1, 1, 3)},
       .graph = [](auto in) { return batch_norm(in[0], {}, in[1]).y; },
       .reference =
           [](const Array& x, const Array& beta) {
             return batch_normed(x, Array({12}, std::vector<double>(12, 1.0)), beta)[0];
           },
       .tolerance = epsilons(16),
       .gradient = true,
       .label = "beta_only"});
  // Whole eights of columns, in several runs of rows of which the last is shorter.
  add({.inputs = {uniform({37, 88}, -2, 3), uniform({88}, 0.5, 2, 2), uniform({88}, -1, 1, 3)},
       .graph = [](auto in) { return all_of(batch_norm(in[0], in[1], in[2])); },
       .reference = batch_normed,
       .tolerance = epsilons(16),
       .label = "eights"});
  // The mean is 10000 times the deviation. The variance is a matter of differences, which are
  // exact; the naive mean of squares would lose every digit of it.
  add({.inputs = {uniform({700, 9}, 9999, 10001)},
       .graph = [](auto in) { return batch_norm(in[0]).variance; },
       .reference = [](const Array& x) { return reference::column_variance(x); },
       .tolerance = {2e-6, 0},
       .label = "offset_variance"});
  // y also has the rounding of the mean itself, at most 4.9e-4, times gamma / deviation.
  add({.inputs = {uniform({700, 9}, 9999, 10001), uniform({9}, 0.5, 2, 2), uniform({9}, -1, 1, 3)},
       .graph = [](auto in) { return batch_norm(in[0], in[1], in[2]).y; },
       .reference = [](const Array& x, const Array& gamma,
                       const Array& beta) { return batch_normed(x, gamma, beta)[0]; },
       .tolerance = {1.8e-3, 0},
       .label = "offset"});
  add({.inputs = {uniform({50000, 4}, -1, 1)},
       .graph = [](auto in) { return all_of(batch_norm(in[0])); },
       .reference =
           [](const Array& x) {
             return std::vector<Array>{reference::normalize_columns(x, epsilon),
                                       reference::column_mean(x), reference::column_variance(x)};
           },
       .tolerance = {2e-6, 5e-7},
       .label = "long"});
  add({.inputs = {uniform({4096, 512}, -2, 2), uniform({512}, 0.5, 2, 2), uniform({512}, -1, 1, 3)},
       .graph = [](auto in) { return batch_norm(in[0], in[1], in[2]).y; },
       .reference = [](const Array& x, const Array&, const Array&) { return x; },
       .bytes = 12.0 * 4096 * 512,
       .bench_only = true});
}

OP_CASES("batch_norm_backward") {
  for (const Shape& s : {Shape{7, 5}, Shape{40, 12}, Shape{37, 88}}) {
    add({.inputs = {uniform(s, -2, 3), uniform({s[1]}, 0.5, 2, 2), uniform(s, -1, 1, 4)},
         .graph =
             [](auto in) {
               return gradient(batch_norm(in[0], in[1]).y * in[2], {in[0], in[1]});
             },
         .reference = gradients,
         .tolerance = epsilons(32),
         .gradient = s.count() < 1000});
  }
  add({.inputs = {uniform({128, 512}, -2, 2), uniform({512}, 0.5, 2, 2),
                  uniform({128, 512}, -1, 1, 4)},
       .graph =
           [](auto in) {
             return gradient(batch_norm(in[0], in[1]).y * in[2], {in[0], in[1]});
           },
       .reference = gradients,
       .bytes = 32.0 * 128 * 512,
       .bench_only = true});
}

OP_CASES("fold_batch_norm") {
  for (const Shape& s : {Shape{0}, Shape{1}, Shape{65}}) {
    add({.inputs = {uniform(s, -2, 2), uniform(s, -1, 1, 2), uniform(s, -3, 3, 3),
                    uniform(s, 0.1, 4, 4)},
         .graph =
             [](auto in) {
               const FoldedNorm f = fold_batch_norm(in[0], in[1], in[2], in[3]);
               return std::vector<Tensor>{f.scale, f.shift};
             },
         .reference = folded,
         .tolerance = epsilons(4),
         .gradient = true});
  }
  add({.inputs = {uniform({13}, -3, 3, 3), uniform({13}, 0, 4, 4)},
       .graph =
           [](auto in) {
             const FoldedNorm f = fold_batch_norm({}, {}, in[0], in[1]);
             return std::vector<Tensor>{f.scale, f.shift};
           },
       .reference =
           [](const Array& mean, const Array& variance) {
             return folded(
                 {Array({13}, std::vector<double>(13, 1.0)), Array(Shape{13}), mean, variance});
           },
       .tolerance = epsilons(4),
       .gradient = true,
       .label = "plain"});
}

OP_CASES("scale_shift") {
  for (const Shape& s : shapes()) {
    const Shape channels{s[-1]};
    // Products and sums of these are exact in f32, fused or not.
    add({.inputs = {integers(s, -50, 50), integers(channels, -8, 8, DType::f32, 2),
                    integers(channels, -9, 9, DType::f32, 3)},
         .graph = [](auto in) { return scale_shift(in[0], in[1], in[2]); },
         .reference = reference::scale_shift,
         .tolerance = exact(),
         .gradient = true});
  }
  // Where fusing would show: round(x scale) + shift, each rounded to f32.
  add({.inputs = {uniform({64, 33}, -2, 2), uniform({33}, -2, 2, 2), uniform({33}, -2, 2, 3)},
       .graph = [](auto in) { return scale_shift(in[0], in[1], in[2]); },
       .reference =
           [](const Array& x, const Array& scale, const Array& shift) {
             Array y = x;
             for (std::int64_t i = 0; i < x.count(); ++i) {
               const auto product = static_cast<float>(x[i] * scale[i % 33]);
               y[i] = static_cast<double>(product) + shift[i % 33];
             }
             return y;
           },
       .tolerance = exact(),
       .label = "rounded_twice"});
}

}  // namespace ridgeback::test
