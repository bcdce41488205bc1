// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/norm.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/gradient.hpp"

#include <cmath>
#include <gtest/gtest.h>

#include "harness/op_case.hpp"
#include "reference/rows.hpp"

namespace ridgeback::test {
namespace {

constexpr double epsilon = 1e-5F;

const std::vector<Shape>& shapes() {
  static const std::vector<Shape> list{
      Shape{3, 0},  Shape{0, 6},     Shape{1, 1},    Shape{6},       Shape{7, 5},
      Shape{70, 8}, Shape{2, 3, 33}, Shape{3, 1031}, Shape{130, 64}, Shape{40, 31}};
  return list;
}

Array layer_normed(const Array& x, const Array& gamma, const Array& beta) {
  return reference::scale_shift(reference::normalize_rows(x, epsilon, true), gamma, beta);
}

Array rms_normed(const Array& x, const Array& gamma) {
  return reference::scale_shift(reference::normalize_rows(x, epsilon, false), gamma,
                                Array(gamma.shape));
}

// dL/d(x, gamma, beta) with L = sum of y * weight, y = n gamma + beta: the formulas of the kernels
// in double precision, themselves checked against finite differences by the cases of the forward
// pass.
std::vector<Array> row_gradients(const std::vector<Array>& in, bool centred) {
  const Array &x = in[0], &gamma = in[1], &dy = in[2];
  const auto [rows, cols] = as_matrix(x.shape);
  const Array n = reference::normalize_rows(x, epsilon, centred);
  Array dx = x, dgamma(gamma.shape), dbeta(gamma.shape);
  for (std::int64_t r = 0; r < rows; ++r) {
    double mean = 0, square = 0, g_mean = 0, gn_mean = 0;
    const auto share = 1 / static_cast<double>(cols);
    for (std::int64_t i = r * cols; i < (r + 1) * cols; ++i) {
      mean += centred ? x[i] * share : 0;
      g_mean += centred ? dy[i] * gamma[i % cols] * share : 0;
      gn_mean += dy[i] * gamma[i % cols] * n[i] * share;
      dgamma[i % cols] += dy[i] * n[i];
      dbeta[i % cols] += dy[i];
    }
    for (std::int64_t i = r * cols; i < (r + 1) * cols; ++i)
      square += (x[i] - mean) * (x[i] - mean) * share;
    for (std::int64_t i = r * cols; i < (r + 1) * cols; ++i)
      dx[i] = (dy[i] * gamma[i % cols] - g_mean - n[i] * gn_mean) / std::sqrt(square + epsilon);
  }
  return {dx, dgamma, dbeta};
}

TEST(Norm, RefusesWhatDoesNotFit) {
  const Tensor x = input({4, 6}), channels = input({6});
  EXPECT_THROW((void)layer_norm(input(Shape{}), {}, {}), InvalidArgument);
  EXPECT_THROW((void)layer_norm(x, input({4}), {}), InvalidArgument);
  EXPECT_THROW((void)layer_norm(x, channels, input({6, 1})), InvalidArgument);
  EXPECT_THROW((void)layer_norm(x, channels, channels, 0), InvalidArgument);
  EXPECT_THROW((void)rms_norm(input({4, 6}, DType::i32)), InvalidArgument);
  EXPECT_THROW((void)batch_norm(input({0, 6})), InvalidArgument);
  EXPECT_THROW((void)batch_norm(x, input({4})), InvalidArgument);
  EXPECT_THROW((void)batch_norm(x, {}, {}, -1), InvalidArgument);
  EXPECT_THROW((void)scale_shift(x, channels, input({4})), InvalidArgument);
  EXPECT_THROW((void)fold_batch_norm({}, {}, channels, x), InvalidArgument);
}

}  // namespace

OP_CASES("layer_norm") {
  for (const Shape& s : shapes()) {
    const Shape channels{s[-1]};
    add({.inputs = {uniform(s, -2, 3), uniform(channels, 0.5, 2, 2), uniform(channels, -1, 1, 3)},
         .graph = [](auto in) { return layer_norm(in[0], in[1], in[2]); },
         .reference = layer_normed,
         .tolerance = epsilons(16),
         .gradient = true});
  }
  add({.inputs = {uniform({9, 37}, -2, 3)},
       .graph = [](auto in) { return layer_norm(in[0]); },
       .reference = [](const Array& x) { return reference::normalize_rows(x, epsilon, true); },
       .tolerance = epsilons(16),
       .gradient = true,
       .label = "plain"});
  add({.inputs = {uniform({9, 36}, -2, 3), uniform({36}, -1, 1, 3)},
       .graph = [](auto in) { return layer_norm(in[0], {}, in[1]); },
       .reference =
           [](const Array& x, const Array& beta) {
             return layer_normed(x, Array({36}, std::vector<double>(36, 1.0)), beta);
           },
       .tolerance = epsilons(16),
       .gradient = true,
       .label = "beta_only"});
  // The mean is 10000 times the deviation: the difference is exact, so no digits may go.
  add({.inputs = {uniform({40, 515}, 9999, 10001), uniform({515}, 0.5, 2, 2),
                  uniform({515}, -1, 1, 3)},
       .graph = [](auto in) { return layer_norm(in[0], in[1], in[2]); },
       .reference = layer_normed,
       .tolerance = epsilons(32),
       .label = "offset"});
  add({.inputs = {uniform({4096, 1024}, -2, 2), uniform({1024}, 0.5, 2, 2),
                  uniform({1024}, -1, 1, 3)},
       .graph = [](auto in) { return layer_norm(in[0], in[1], in[2]); },
       .reference = layer_normed,
       .bytes = 8.0 * 4096 * 1024,
       .bench_only = true});
}

OP_CASES("rms_norm") {
  for (const Shape& s : shapes()) {
    add({.inputs = {uniform(s, -2, 3), uniform({s[-1]}, 0.5, 2, 2)},
         .graph = [](auto in) { return rms_norm(in[0], in[1]); },
         .reference = rms_normed,
         .tolerance = epsilons(16),
         .gradient = true});
  }
  add({.inputs = {uniform({5, 12}, -1e15, 1e15)},
       .graph = [](auto in) { return rms_norm(in[0]); },
       .reference = [](const Array& x) { return reference::normalize_rows(x, epsilon, false); },
       .tolerance = epsilons(16),
       .label = "large"});
}

OP_CASES("layer_norm_backward") {
  for (const bool centred : {true, false}) {
    for (const Shape& s : {Shape{5, 7}, Shape{40, 12}}) {
      add({.inputs = {uniform(s, -2, 3), uniform({s[1]}, 0.5, 2, 2), uniform(s, -1, 1, 4)},
           .graph =
               [centred](auto in) {
                 const Tensor y = centred ? layer_norm(in[0], in[1]) : rms_norm(in[0], in[1]);
                 return gradient(y * in[2], {in[0], in[1]});
               },
           .reference =
               [centred](const std::vector<Array>& in) {
                 auto all = row_gradients(in, centred);
                 all.pop_back();
                 return all;
               },
           .tolerance = epsilons(32),
           .gradient = true,
           .label = centred ? "layer" : "rms"});
    }
  }
}

}  // namespace ridgeback::test
