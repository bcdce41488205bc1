// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/gradient.hpp"
#include "ridgeback/ops/softmax.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

#include "harness/op_case.hpp"

namespace ridgeback::test {
namespace {

// Keys that a row sees, from the shape of all.
std::int64_t sight(const Shape& s, std::int64_t row) {
  return row % s[-2] + 1 + s[-1] - s[-2];
}

Array causal(const Array& x, double scale) {
  Array y = x;
  const auto [rows, cols] = as_matrix(x.shape);
  for (std::int64_t r = 0; r < rows; ++r) {
    const std::int64_t n = sight(x.shape, r);
    double top = -1e300, sum = 0;
    for (std::int64_t c = 0; c < n; ++c) top = std::max(top, x[r * cols + c]);
    for (std::int64_t c = 0; c < n; ++c) sum += std::exp(scale * (x[r * cols + c] - top));
    for (std::int64_t c = 0; c < cols; ++c)
      y[r * cols + c] = c < n ? std::exp(scale * (x[r * cols + c] - top)) / sum : 0;
  }
  return y;
}

// scale y (dy - sum_c y dy), the gradient at x.
Array causal_gradient(const Array& x, const Array& dy, double scale) {
  const Array y = causal(x, scale);
  Array dx = y;
  const auto [rows, cols] = as_matrix(x.shape);
  for (std::int64_t r = 0; r < rows; ++r) {
    double s = 0;
    for (std::int64_t c = 0; c < cols; ++c) s += y[r * cols + c] * dy[r * cols + c];
    for (std::int64_t c = 0; c < cols; ++c) dx[r * cols + c] *= scale * (dy[r * cols + c] - s);
  }
  return dx;
}

const std::vector<Shape>& shapes() {
  static const std::vector<Shape> list{Shape{1, 1},   Shape{0, 0},      Shape{2, 0, 4},
                                       Shape{5, 5},   Shape{3, 16, 16}, Shape{2, 3, 7, 7},
                                       Shape{1, 9},   Shape{2, 4, 64},  Shape{3, 13, 30},
                                       Shape{36, 36}, Shape{2, 66, 66}};
  return list;
}

TEST(CausalSoftmax, RefusesWhatDoesNotFit) {
  EXPECT_THROW((void)causal_softmax(input(Shape{4})), InvalidArgument);
  EXPECT_THROW((void)causal_softmax(input({5, 4})), InvalidArgument) << "fewer keys than queries";
  EXPECT_THROW((void)causal_softmax(input({4, 4}, DType::u32)), InvalidArgument);
  EXPECT_THROW((void)causal_softmax(input({4, 4}), 0), InvalidArgument);
  EXPECT_THROW((void)causal_mask(input({5, 4})), InvalidArgument);
}

}  // namespace

OP_CASES("causal_softmax") {
  for (const Shape& s : shapes()) {
    add({.inputs = {uniform(s, -4, 4)},
         .graph = [](auto in) { return causal_softmax(in[0], 0.5F); },
         .reference = [](const Array& x) { return causal(x, 0.5); },
         .tolerance = epsilons(16),
         .gradient = true});
  }
  // What is not seen may be anything.
  add({.inputs = {exactly({3, 3}, {1, INFINITY, NAN, 1, 1e38, NAN, 0, 3e38, 2})},
       .graph = [](auto in) { return causal_softmax(in[0]); },
       .reference = [](const Array& x) { return causal(x, 1); },
       .label = "unseen"});
  add({.inputs = {uniform({64, 256, 256}, -4, 4)},
       .graph = [](auto in) { return causal_softmax(in[0]); },
       .reference = [](const Array& x) { return causal(x, 1); },
       .bytes = 8.0 * 64 * 256 * 256,
       .bench_only = true});
}

OP_CASES("causal_softmax_backward") {
  for (const Shape& s : {Shape{3, 7}, Shape{2, 12, 12}, Shape{40, 4, 4}}) {
    add({.inputs = {uniform(s, -2, 2), uniform(s, -1, 1, 2)},
         .graph = [](auto in) { return gradient(causal_softmax(in[0], 1.5F) * in[1], {in[0]})[0]; },
         .reference = [](const Array& x, const Array& dy) { return causal_gradient(x, dy, 1.5); },
         .tolerance = epsilons(32),
         .gradient = true});
  }
}

OP_CASES("causal_mask") {
  for (const Shape& s : {Shape{3, 7}, Shape{2, 5, 5}}) {
    add({.inputs = {uniform(s, -2, 2)},
         .graph = [](auto in) { return causal_mask(in[0]); },
         .reference =
             [](const Array& x) {
               Array y = x;
               const auto [rows, cols] = as_matrix(x.shape);
               for (std::int64_t r = 0; r < rows; ++r)
                 for (std::int64_t c = sight(x.shape, r); c < cols; ++c) y[r * cols + c] = 0;
               return y;
             },
         .tolerance = exact(),
         .gradient = true});
  }
}

}  // namespace ridgeback::test
