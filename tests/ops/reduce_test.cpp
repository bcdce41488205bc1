// SPDX-License-Identifier: Apache-2.0
#include "reference/reduce.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/layout.hpp"
#include "ridgeback/ops/reduce.hpp"

#include <cmath>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <limits>
#include <string>

#include "harness/op_case.hpp"

namespace ridgeback::test {
namespace {

struct What {
  Shape shape;
  Axes axes;
};

// Rows, columns, both, neither; one, two and three stages; odd and vector widths; several runs.
const std::vector<What>& whats() {
  static const std::vector<What> all{
      {{7, 113}, {1}},
      {{7, 112}, {-1}},
      {{7, 113}, {0}},
      {{7, 112}, {0}},
      {{7, 113}, {0, 1}},
      {{1}, {0}},
      {{2, 3, 5}, {1}},
      {{2, 3, 8}, {1}},
      {{2, 3, 5}, {0, 2}},
      {{2, 3, 4, 5}, {1, 2}},
      {{2, 3, 4, 5}, {0, 2, 3}},
      {{2, 3, 4, 5}, {3, 1}},
      {{3, 2000}, {1}},
      {{2000, 3}, {0}},
      {{2, 1500, 4}, {1}},
      {{5, 1}, {1}},
      {{4, 0}, {0}},
      {{0, 4}, {1}},
      {{1, 1031}, {1}},
      {{1030, 65}, {1}},
      {{3, 4}, {}},
  };
  return all;
}

OP_CASES("sum") {
  for (const What& what : whats()) {
    for (const bool keep : {false, true}) {
      add({.inputs = {uniform(what.shape, -1, 1.5)},
           .graph = [=](auto in) { return sum(in[0], what.axes, keep); },
           .reference = [=](const Array& x) { return reference::sum(x, what.axes, keep); },
           .tolerance = epsilons(6),
           .gradient = what.shape.count() > 0,
           .label = fmt::format("{} over {} keep {}", what.shape.text(), fmt::join(what.axes, " "),
                                keep)});
    }
  }
  add({.inputs = {uniform({4, 0}, 0, 1)},
       .graph = [](auto in) { return sum(in[0], 1); },
       .reference = [](const Array&) { return Array(Shape{4}); },
       .tolerance = exact(),
       .label = "of nothing is zero"});
  // Integers up to 2^24 add up exactly in any order.
  for (const Shape& shape : {Shape{40000}, Shape{3, 40001}, Shape{40001, 3}, Shape{300, 100, 4}}) {
    for (int axis = 0; axis < shape.rank(); ++axis) {
      add({.inputs = {integers(shape, -20, 20)},
           .graph = [=](auto in) { return sum(in[0], axis); },
           .reference = [=](const Array& x) { return reference::sum(x, {axis}); },
           .tolerance = exact(),
           .label = fmt::format("whole numbers {} over {}", shape.text(), axis)});
    }
  }
  // All positive: a running f32 sum would be off by thousands of epsilons.
  const Shape many{1 << 20};
  add({.inputs = {uniform(many, 0, 1)},
       .graph = [](auto in) { return sum(in[0]); },
       .reference = [](const Array& x) { return reference::sum(x, {0}); },
       .tolerance = epsilons(4),
       .label = "a million"});
  const auto timing = [&](const char* label, const Shape& shape, Axes axes) {
    add({.inputs = {uniform(shape, 0, 1)},
         .graph = [axes](auto in) { return sum(in[0], axes); },
         .bytes = 4.0 * static_cast<double>(shape.count()),
         .bench_only = true,
         .label = label});
  };
  timing("ten million", {10000000}, {0});
  timing("rows", {2048, 2048}, {1});
  timing("columns", {2048, 2048}, {0});
  timing("batch", {128, 512}, {0});
}

OP_CASES("mean") {
  for (const What& what : {What{{7, 113}, {1}}, What{{7, 113}, {0}}, What{{2, 3, 4, 5}, {0, 2}},
                           What{{3, 2000}, {0, 1}}}) {
    add({.inputs = {uniform(what.shape, -1, 1.5)},
         .graph = [=](auto in) { return mean(in[0], what.axes); },
         .reference = [=](const Array& x) { return reference::mean(x, what.axes); },
         .tolerance = epsilons(6),
         .gradient = true});
  }
}

OP_CASES("max") {
  for (const What& what : whats()) {
    if (what.shape.count() == 0) continue;
    add({.inputs = {distinct(what.shape)},
         .graph = [=](auto in) { return max(in[0], what.axes); },
         .reference = [=](const Array& x) { return reference::max(x, what.axes, false); },
         .tolerance = exact(),
         .gradient = true});
    add({.inputs = {distinct(what.shape)},
         .graph = [=](auto in) { return min(in[0], what.axes, true); },
         .reference = [=](const Array& x) { return reference::min(x, what.axes, true); },
         .tolerance = exact(),
         .gradient = true,
         .label = fmt::format("min {} over {}", what.shape.text(), fmt::join(what.axes, " "))});
  }
}

Array argmax_of(const Array& x) {
  const auto [rows, cols] = as_matrix(x.shape);
  Array y(x.shape.without(-1));
  for (std::int64_t row = 0; row < rows; ++row) {
    std::int64_t best = 0;
    for (std::int64_t col = 1; col < cols; ++col) {
      if (x[row * cols + col] > x[row * cols + best]) best = col;
    }
    y[row] = static_cast<double>(best);
  }
  return y;
}

OP_CASES("argmax") {
  for (const Shape& shape : {Shape{7, 113}, Shape{128, 10}, Shape{1}, Shape{0, 3},
                             Shape{2, 3, 1031}, Shape{65, 127}, Shape{5}}) {
    add({.inputs = {uniform(shape, -1, 1)},
         .graph = [](auto in) { return argmax(in[0]); },
         .reference = argmax_of,
         .tolerance = exact()});
    add({.inputs = {integers(shape, 0, 3)},
         .graph = [](auto in) { return argmax(in[0]); },
         .reference = argmax_of,
         .tolerance = exact(),
         .label = "ties go to the first " + shape.text()});
  }
  add({.inputs = {exactly({2, 3}, {-1e38, -1e38, -1e37, -HUGE_VAL, -HUGE_VAL, -HUGE_VAL})},
       .graph = [](auto in) { return argmax(in[0]); },
       .reference = argmax_of,
       .tolerance = exact(),
       .label = "all very negative"});
}

OP_CASES("sum_to_shape") {
  struct Pair {
    Shape from;
    Shape to;
  };
  for (const Pair& p : {Pair{{4, 5, 6}, {5, 1}}, Pair{{4, 5, 6}, {6}}, Pair{{4, 5, 6}, {}},
                        Pair{{4, 5, 6}, {4, 5, 6}}, Pair{{4, 5, 6}, {1, 5, 1}},
                        Pair{{3, 1}, {1, 1}}, Pair{{2, 3}, {1, 1}}}) {
    add({.inputs = {uniform(p.from, -1, 1.5)},
         .graph = [=](auto in) { return sum_to_shape(in[0], p.to); },
         .reference =
             [=](const Array& x) {
               Array y(p.to);
               for (std::int64_t i = 0; i < x.count(); ++i) {
                 y[broadcast_index(i, x.shape, p.to)] += x[i];
               }
               return y;
             },
         .tolerance = epsilons(6),
         .gradient = true,
         .label = p.from.text() + " to " + p.to.text()});
  }
}

TEST(Reduce, RefusesWhatCannotBe) {
  const Tensor x = input({2, 3});
  EXPECT_THROW((void)sum(x, 2), InvalidArgument);
  EXPECT_THROW((void)sum(x, Axes{0, -2}), InvalidArgument);
  EXPECT_THROW((void)max(input({2, 0}), 1), InvalidArgument);
  EXPECT_THROW((void)mean(input({0})), InvalidArgument);
  EXPECT_THROW((void)sum(input({2}, DType::u32)), InvalidArgument);
  EXPECT_THROW((void)argmax(input({2, 0})), InvalidArgument);
  EXPECT_THROW((void)argmax(input({})), InvalidArgument);
  EXPECT_THROW((void)sum_to_shape(x, {2}), InvalidArgument);
  EXPECT_EQ(max(input({0, 3}), 1).shape(), Shape{0});
}

}  // namespace
OP_CASES("sum_squares") {
  for (const Shape& shape : awkward_shapes()) {
    add({.inputs = {uniform(shape, -1, 1.5)},
         .graph = [](auto in) { return sum_squares(in[0]); },
         .reference =
             [](const Array& x) {
               double total = 0;
               for (const double value : x.values) total += value * value;
               return Array({}, {total});
             },
         .tolerance = epsilons(6),
         .gradient = shape.count() > 0 && shape.count() < 200});
  }
}

OP_CASES("count_not_finite") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (const std::int64_t n : {0, 1, 7, 64, 4096, 4097}) {
    for (const bool some : {false, true}) {
      std::vector<double> values(static_cast<std::size_t>(n), 3e38);
      double count = 0;
      for (std::size_t i = 0; some && i < values.size(); i += 3, ++count)
        values[i] = i % 2 == 0 ? std::numeric_limits<double>::quiet_NaN() : -infinity;
      add({.inputs = {exactly({n}, values)},
           .graph = [](auto in) { return count_not_finite(in[0]); },
           .reference = [count](const Array&) { return Array({}, {count}); },
           .tolerance = epsilons(0),
           .label = (some ? "some_of_" : "none_of_") + std::to_string(n)});
    }
  }
}

}  // namespace ridgeback::test
