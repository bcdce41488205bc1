// SPDX-License-Identifier: Apache-2.0
#include "reference/layout.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/layout.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "harness/op_case.hpp"

namespace ridgeback::test {
namespace {

using reference::Coordinates;

Array transpose_of(const Array& x, const std::vector<int>& axes) {
  std::vector<std::int64_t> extents;
  for (const int axis : axes) extents.push_back(x.shape[axis]);
  return reference::gather(x, Shape(std::span<const std::int64_t>(extents)),
                           [&](const Coordinates& at) {
                             Coordinates from(at.size());
                             for (std::size_t i = 0; i < at.size(); ++i) {
                               from[static_cast<std::size_t>(x.shape.normalize(axes[i]))] = at[i];
                             }
                             return from;
                           });
}

OP_CASES("transpose") {
  struct What {
    Shape shape;
    std::vector<int> axes;
  };
  for (const What& what : std::vector<What>{{{7, 113}, {1, 0}},
                                            {{8, 64}, {1, 0}},
                                            {{8, 63}, {1, 0}},
                                            {{9, 64}, {1, 0}},
                                            {{1, 5}, {1, 0}},
                                            {{3, 0}, {1, 0}},
                                            {{3, 5, 7}, {0, 2, 1}},
                                            {{3, 5, 7}, {2, 1, 0}},
                                            {{3, 5, 7}, {1, 2, 0}},
                                            {{3, 5, 7}, {1, 0, 2}},
                                            {{3, 5, 8}, {1, 0, 2}},
                                            {{2, 3, 4, 5}, {0, 3, 1, 2}},
                                            {{2, 3, 4, 5}, {-1, 0, 2, 1}},
                                            {{2, 3, 2, 3, 2, 3}, {5, 3, 1, 0, 2, 4}},
                                            {{2, 3, 2, 3, 2, 4}, {4, 3, 2, 1, 0, 5}}}) {
    add({.inputs = {uniform(what.shape, -1, 1)},
         .graph = [=](auto in) { return transpose(in[0], what.axes); },
         .reference = [=](const Array& x) { return transpose_of(x, what.axes); },
         .tolerance = exact(),
         .gradient = what.shape.count() > 0,
         .label = fmt::format("{} by {}", what.shape.text(), fmt::join(what.axes, " "))});
  }
  add({.inputs = {integers({4, 6}, 0, 100, DType::u32)},
       .graph = [](auto in) { return transpose(in[0]); },
       .reference =
           [](const Array& x) {
             return transpose_of(x, {1, 0});
           },
       .tolerance = exact()});
  add({.inputs = {uniform({2048, 2048}, -1, 1)},
       .graph = [](auto in) { return transpose(in[0]); },
       .bytes = 8.0 * 2048 * 2048,
       .bench_only = true});
}

std::int64_t extent_of(const Range& range) {
  return (range.end - range.begin + range.step - 1) / range.step;
}

Shape extents_of(const std::vector<Range>& ranges) {
  std::vector<std::int64_t> extents;
  for (const Range& range : ranges) extents.push_back(extent_of(range));
  return Shape(std::span<const std::int64_t>(extents));
}

Coordinates inside(const Coordinates& at, const std::vector<Range>& ranges) {
  Coordinates result(at.size());
  for (std::size_t i = 0; i < at.size(); ++i) {
    result[i] = ranges[i].begin + at[i] * ranges[i].step;
  }
  return result;
}

struct Cut {
  Shape shape;
  std::vector<Range> ranges;
};

const std::vector<Cut>& cuts() {
  static const std::vector<Cut> all{
      {{10}, {{2, 7, 1}}},
      {{16}, {{4, 12, 1}}},
      {{10}, {{0, 10, 3}}},
      {{10}, {{1, 10, 3}}},
      {{10}, {{9, 10, 1}}},
      {{10}, {{5, 5, 1}}},
      {{7, 113}, {{1, 6, 2}, {3, 100, 1}}},
      {{7, 112}, {{1, 6, 2}, {4, 100, 1}}},
      {{8, 64}, {{2, 5, 1}, {0, 64, 1}}},
      {{3, 4, 5}, {{0, 3, 2}, {1, 2, 1}, {0, 5, 4}}},
      {{2, 3, 4, 5}, {{1, 2, 1}, {0, 3, 1}, {0, 4, 1}, {0, 5, 1}}},
      {{3, 2, 3, 2, 3, 2}, {{0, 3, 2}, {0, 1, 1}, {1, 3, 1}, {1, 2, 1}, {0, 3, 2}, {0, 2, 1}}},
  };
  return all;
}

OP_CASES("slice") {
  for (const Cut& cut : cuts()) {
    add({.inputs = {uniform(cut.shape, -1, 1)},
         .graph = [=](auto in) { return slice(in[0], cut.ranges); },
         .reference =
             [=](const Array& x) {
               return reference::gather(x, extents_of(cut.ranges), [&](const Coordinates& at) {
                 return inside(at, cut.ranges);
               });
             },
         .tolerance = exact(),
         .gradient = true,
         .label = fmt::format("{} to {}", cut.shape.text(), extents_of(cut.ranges).text())});
  }
  add({.inputs = {integers({6, 5}, 0, 100, DType::u32)},
       .graph = [](auto in) { return slice(in[0], -1, 1, 4); },
       .reference =
           [](const Array& x) {
             return reference::gather(x, {6, 3}, [](const Coordinates& at) {
               return Coordinates{at[0], at[1] + 1};
             });
           },
       .tolerance = exact()});
}

OP_CASES("place") {
  for (const Cut& cut : cuts()) {
    add({.inputs = {uniform(extents_of(cut.ranges), -1, 1)},
         .graph = [=](auto in) { return place(in[0], cut.shape, cut.ranges); },
         .reference =
             [=](const Array& x) {
               return reference::scatter(
                   x, cut.shape, [&](const Coordinates& at) { return inside(at, cut.ranges); });
             },
         .tolerance = exact(),
         .gradient = extents_of(cut.ranges).count() > 0});
  }
}

OP_CASES("pad") {
  struct What {
    Shape shape;
    std::vector<std::int64_t> before;
    std::vector<std::int64_t> after;
  };
  for (const What& what : std::vector<What>{{{5}, {1}, {2}},
                                            {{4, 8}, {0, 4}, {1, 0}},
                                            {{2, 3, 4}, {0, 1, 1}, {0, 1, 1}},
                                            {{0, 3}, {2, 0}, {0, 0}},
                                            {{2, 2}, {0, 0}, {0, 0}}}) {
    std::vector<std::int64_t> extents;
    for (std::size_t i = 0; i < what.before.size(); ++i) {
      extents.push_back(what.before[i] + what.shape[static_cast<int>(i)] + what.after[i]);
    }
    const Shape shape{std::span<const std::int64_t>(extents)};
    add({.inputs = {uniform(what.shape, -1, 1)},
         .graph = [=](auto in) { return pad(in[0], what.before, what.after); },
         .reference =
             [=](const Array& x) {
               return reference::scatter(x, shape, [&](Coordinates at) {
                 for (std::size_t i = 0; i < at.size(); ++i) at[i] += what.before[i];
                 return at;
               });
             },
         .tolerance = exact(),
         .gradient = what.shape.count() > 0});
  }
}

Array concat_of(const std::vector<Array>& parts, int axis) {
  std::int64_t extent = 0;
  for (const Array& part : parts) extent += part.shape[axis];
  Array y(parts[0].shape.with(axis, extent));
  std::int64_t begin = 0;
  for (const Array& part : parts) {
    for (std::int64_t i = 0; i < part.count(); ++i) {
      Coordinates at = reference::coordinates_of(i, part.shape);
      at[static_cast<std::size_t>(part.shape.normalize(axis))] += begin;
      y[reference::index_of(at, y.shape)] = part[i];
    }
    begin += part.shape[axis];
  }
  return y;
}

// Codes of several batches as one batch; rows that do not fill their words.
OP_CASES("concat_packed") {
  for (const DType type : {DType::b1, DType::ternary, DType::i2, DType::i4, DType::i8}) {
    const int low = type == DType::b1 ? 0 : -1;
    for (const std::int64_t cols : {1, 37, 128, 257}) {
      add({.inputs = {integers({3, cols}, low, low + 1, type, 1),
                      integers({1, cols}, low, low + 1, type, 2),
                      integers({0, cols}, low, low + 1, type, 3)},
           .graph = [](const std::vector<Tensor>& in) { return concat(in, 0); },
           .reference = [](const std::vector<Array>& in) { return concat_of(in, 0); },
           .tolerance = epsilons(0),
           .label = std::string(name(type)) + "_" + std::to_string(cols)});
    }
  }
}

OP_CASES("concat") {
  struct What {
    std::vector<Shape> parts;
    int axis;
  };
  for (const What& what : std::vector<What>{{{{3}, {5}, {1}}, 0},
                                            {{{4, 8}, {4, 4}}, 1},
                                            {{{4, 7}, {4, 5}}, -1},
                                            {{{4, 7}, {2, 7}}, 0},
                                            {{{2, 3, 4}, {2, 0, 4}, {2, 2, 4}}, 1},
                                            {{{2, 3, 4}}, 1},
                                            {{{0}, {0}}, 0}}) {
    std::vector<Input> inputs;
    std::int64_t count = 0;
    for (std::size_t i = 0; i < what.parts.size(); ++i) {
      inputs.push_back(uniform(what.parts[i], -1, 1, i));
      count += what.parts[i].count();
    }
    add({.inputs = inputs,
         .graph = [=](const std::vector<Tensor>& in) { return concat(in, what.axis); },
         .reference = [=](const std::vector<Array>& in) { return concat_of(in, what.axis); },
         .tolerance = exact(),
         .gradient = count > 0});
  }
}

std::vector<Array> split_of(const Array& x, int axis, const std::vector<std::int64_t>& extents) {
  std::vector<Array> parts;
  std::int64_t begin = 0;
  for (const std::int64_t extent : extents) {
    Array part(x.shape.with(axis, extent));
    for (std::int64_t i = 0; i < part.count(); ++i) {
      Coordinates at = reference::coordinates_of(i, part.shape);
      at[static_cast<std::size_t>(x.shape.normalize(axis))] += begin;
      part[i] = x[reference::index_of(at, x.shape)];
    }
    parts.push_back(part);
    begin += extent;
  }
  return parts;
}

OP_CASES("split") {
  struct What {
    Shape shape;
    int axis;
    std::vector<std::int64_t> extents;
  };
  for (const What& what : std::vector<What>{{{9}, 0, {3, 5, 1}},
                                            {{4, 12}, 1, {8, 4}},
                                            {{4, 12}, -1, {7, 5}},
                                            {{3, 2, 8}, 0, {1, 1, 1}},
                                            {{2, 5, 4}, 1, {3, 0, 2}}}) {
    add({.inputs = {uniform(what.shape, -1, 1)},
         .graph = [=](auto in) { return split(in[0], what.axis, what.extents); },
         .reference = [=](const Array& x) { return split_of(x, what.axis, what.extents); },
         .tolerance = exact(),
         .gradient = true});
  }
}

OP_CASES("broadcast_to") {
  struct What {
    Shape from;
    Shape to;
  };
  for (const What& what : std::vector<What>{{{}, {7, 113}},
                                            {{113}, {7, 113}},
                                            {{112}, {7, 112}},
                                            {{7, 1}, {7, 112}},
                                            {{7, 1}, {7, 113}},
                                            {{3, 1, 4}, {2, 3, 5, 4}},
                                            {{1, 3, 1, 2, 1, 2}, {2, 3, 2, 2, 3, 2}},
                                            {{1}, {0}},
                                            {{2, 3}, {2, 3}}}) {
    add({.inputs = {uniform(what.from, -1, 1)},
         .graph = [=](auto in) { return broadcast_to(in[0], what.to); },
         .reference =
             [=](const Array& x) {
               Array y(what.to);
               for (std::int64_t i = 0; i < y.count(); ++i) {
                 y[i] = x[broadcast_index(i, y.shape, x.shape)];
               }
               return y;
             },
         .tolerance = exact(),
         .gradient = what.to.count() > 0,
         .label = what.from.text() + " to " + what.to.text()});
  }
}

// A reshape launches nothing: its values are seen through an operation on either side.
OP_CASES("reshape") {
  struct What {
    Shape from;
    Shape to;
  };
  for (const What& what :
       std::vector<What>{{{6, 4}, {2, 3, 4}}, {{6}, {1, 6, 1}}, {{1}, {}}, {{0, 3}, {5, 0}}}) {
    add({.inputs = {uniform(what.from, -1, 1)},
         .graph = [=](auto in) { return neg(reshape(neg(in[0]), what.to)); },
         .reference = [=](const Array& x) { return Array(what.to, x.values); },
         .tolerance = exact(),
         .gradient = what.from.count() > 0});
    add({.inputs = {uniform(what.from, -1, 1)},
         .graph = [=](auto in) { return reshape(in[0], what.to); },
         .reference = [=](const Array& x) { return Array(what.to, x.values); },
         .tolerance = exact(),
         .label = "of an input " + what.from.text()});
  }
}

TEST(Layout, FindsTransposesOfTheLastTwoAxes) {
  const Tensor x = input({2, 3, 4});
  EXPECT_TRUE(is_transpose_of_last_two(transpose(x))->is(x));
  EXPECT_TRUE(is_transpose_of_last_two(transpose(x, {0, 2, 1}))->is(x));
  EXPECT_FALSE(is_transpose_of_last_two(transpose(x, {1, 0, 2})));
  EXPECT_FALSE(is_transpose_of_last_two(x));
  EXPECT_TRUE(transpose(transpose(x)).is(x));
  EXPECT_TRUE(transpose(x, {0, 1, 2}).is(x));
  EXPECT_TRUE(transpose(transpose(x, {1, 2, 0}), {2, 0, 1}).is(x));
}

TEST(Layout, RemovesWhatMovesNothing) {
  const Tensor x = input({2, 6});
  EXPECT_TRUE(reshape(reshape(x, {3, 4}), {2, 6}).is(x));
  EXPECT_TRUE(slice(x, 1, 0, 6).is(x));
  EXPECT_TRUE(concat({x}, 0).is(x));
  EXPECT_TRUE(split(x, 1, {6})[0].is(x));
  EXPECT_TRUE(broadcast_to(x, {2, 6}).is(x));
  EXPECT_EQ(flatten(input({2, 3, 4}), 1).shape(), (Shape{2, 12}));
  EXPECT_EQ(flatten(input({})).shape(), Shape{1});
}

TEST(Layout, RefusesWhatCannotBe) {
  const Tensor x = input({2, 6});
  EXPECT_THROW((void)reshape(x, {5}), InvalidArgument);
  EXPECT_THROW((void)transpose(input({3})), InvalidArgument);
  EXPECT_THROW((void)transpose(x, {0, 0}), InvalidArgument);
  EXPECT_THROW((void)transpose(x, {0}), InvalidArgument);
  EXPECT_THROW((void)slice(x, 1, 0, 7), InvalidArgument);
  EXPECT_THROW((void)slice(x, 1, 3, 2), InvalidArgument);
  EXPECT_THROW((void)slice(x, 1, 0, 6, 0), InvalidArgument);
  EXPECT_THROW((void)slice(x, 2, 0, 1), InvalidArgument);
  EXPECT_THROW((void)concat({x, input({3, 5})}, 0), InvalidArgument);
  EXPECT_THROW((void)concat({x, input({2, 6}, DType::u32)}, 0), InvalidArgument);
  EXPECT_THROW((void)concat({}, 0), InvalidArgument);
  const Tensor bits = input({2, 5}, DType::b1);
  EXPECT_THROW((void)concat({bits, bits}, 1), InvalidArgument) << "rows of codes end in padding";
  EXPECT_THROW((void)split(x, 1, {3, 4}), InvalidArgument);
  EXPECT_THROW((void)split(x, 1, {7, -1}), InvalidArgument);
  EXPECT_THROW((void)split(x, 1, {}), InvalidArgument);
  EXPECT_THROW((void)pad(x, {1}, {1}), InvalidArgument);
  EXPECT_THROW((void)pad(x, {-1, 0}, {0, 0}), InvalidArgument);
  EXPECT_THROW((void)broadcast_to(x, {2, 12}), InvalidArgument);
  EXPECT_THROW((void)slice(input({4}, DType::i8), 0, 0, 2), InvalidArgument);
  EXPECT_THROW((void)reshape(input({4, 8}, DType::i8), {32}), InvalidArgument);
  EXPECT_EQ(reshape(input({4, 8}, DType::i8), {2, 2, 8}).shape(), (Shape{2, 2, 8}));
}

}  // namespace
}  // namespace ridgeback::test
