// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/softmax.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/gradient.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

#include "harness/op_case.hpp"
#include "reference/rows.hpp"

namespace ridgeback::test {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

const std::vector<Shape>& shapes() {
  static const std::vector<Shape> list{Shape{1},      Shape{1, 1},   Shape{3, 0},   Shape{0, 5},
                                       Shape{7, 3},   Shape{5, 113}, Shape{70, 10}, Shape{2, 3, 8},
                                       Shape{3, 517}, Shape{130, 64}};
  return list;
}

// y (dy - sum_c y dy), the gradient of softmax at x.
Array softmax_gradient(const Array& x, const Array& dy) {
  const Array y = reference::softmax(x);
  Array dx = y;
  const auto [rows, cols] = as_matrix(x.shape);
  for (std::int64_t r = 0; r < rows; ++r) {
    double s = 0;
    for (std::int64_t c = 0; c < cols; ++c) s += y[r * cols + c] * dy[r * cols + c];
    for (std::int64_t c = 0; c < cols; ++c) dx[r * cols + c] *= dy[r * cols + c] - s;
  }
  return dx;
}

Array log_softmax_gradient(const Array& x, const Array& dy) {
  const Array y = reference::softmax(x);
  Array dx = dy;
  const auto [rows, cols] = as_matrix(x.shape);
  for (std::int64_t r = 0; r < rows; ++r) {
    double s = 0;
    for (std::int64_t c = 0; c < cols; ++c) s += dy[r * cols + c];
    for (std::int64_t c = 0; c < cols; ++c) dx[r * cols + c] -= y[r * cols + c] * s;
  }
  return dx;
}

TEST(Softmax, RefusesScalarsAndIntegers) {
  EXPECT_THROW((void)softmax(input(Shape{})), InvalidArgument);
  EXPECT_THROW((void)log_softmax(input({2, 2}, DType::u32)), InvalidArgument);
}

}  // namespace

OP_CASES("softmax") {
  for (const Shape& s : shapes()) {
    add({.inputs = {uniform(s, -4, 4)},
         .graph = [](auto in) { return softmax(in[0]); },
         .reference = reference::softmax,
         .tolerance = epsilons(16),
         .gradient = true});
  }
  // A common offset, values whose exponentials overflow, and rows that are masked in part.
  for (const auto& [low, high] : {std::pair{9999.0, 10001.0}, {-1e30, 1e30}, {-1e4, -9.9e3}}) {
    add({.inputs = {uniform({9, 101}, low, high)},
         .graph = [](auto in) { return softmax(in[0]); },
         .reference = reference::softmax,
         .tolerance = {1e-5, 1e-7},
         .label = "extreme"});
  }
  add({.inputs = {exactly({3, 5}, {1, -infinity, 2, -infinity, 0, -infinity, -infinity, 3e38,
                                   -infinity, -infinity, -3e38, -infinity, -3e38, -3e38, -3e38})},
       .graph = [](auto in) { return softmax(in[0]); },
       .reference = reference::softmax,
       .label = "masked"});
  add({.inputs = {uniform({4096, 1000}, -4, 4)},
       .graph = [](auto in) { return softmax(in[0]); },
       .reference = reference::softmax,
       .bytes = 8.0 * 4096 * 1000,
       .bench_only = true});
}

OP_CASES("log_softmax") {
  for (const Shape& s : shapes()) {
    add({.inputs = {uniform(s, -4, 4)},
         .graph = [](auto in) { return log_softmax(in[0]); },
         .reference = reference::log_softmax,
         .tolerance = epsilons(16),
         .gradient = true});
  }
  add({.inputs = {uniform({9, 101}, 9999, 10001)},
       .graph = [](auto in) { return log_softmax(in[0]); },
       .reference = reference::log_softmax,
       .tolerance = epsilons(16),
       .label = "offset"});
}

OP_CASES("softmax_backward") {
  for (const Shape& s : {Shape{3, 7}, Shape{40, 12}}) {
    add({.inputs = {uniform(s, -2, 2), uniform(s, -1, 1, 2)},
         .graph = [](auto in) { return gradient(softmax(in[0]) * in[1], {in[0]})[0]; },
         .reference = softmax_gradient,
         .tolerance = epsilons(32),
         .gradient = true});
    add({.inputs = {uniform(s, -2, 2), uniform(s, -1, 1, 2)},
         .graph = [](auto in) { return gradient(log_softmax(in[0]) * in[1], {in[0]})[0]; },
         .reference = log_softmax_gradient,
         .tolerance = epsilons(32),
         .gradient = true,
         .label = "log"});
  }
}

}  // namespace ridgeback::test
