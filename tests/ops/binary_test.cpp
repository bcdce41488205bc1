// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/operation.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/layout.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <limits>

#include "harness/op_case.hpp"

namespace ridgeback::test {
namespace {

using Function = double (*)(double, double);

struct Row {
  const char* label;
  Tensor (*graph)(const Tensor&, const Tensor&);
  Function reference;
  Tolerance tolerance;
};

const std::vector<Row>& rows() {
  static const std::vector<Row> all{
      {"add", add, [](double a, double b) { return a + b; }, exact()},
      {"sub", sub, [](double a, double b) { return a - b; }, exact()},
      {"mul", mul, [](double a, double b) { return a * b; }, exact()},
      {"div", div, [](double a, double b) { return a / b; }, epsilons(3)},
      {"maximum", maximum, [](double a, double b) { return std::max(a, b); }, exact()},
      {"minimum", minimum, [](double a, double b) { return std::min(a, b); }, exact()},
      {"greater", greater, [](double a, double b) { return a > b ? 1.0 : 0.0; }, exact()},
      {"less", less, [](double a, double b) { return a < b ? 1.0 : 0.0; }, exact()},
      {"equal", equal, [](double a, double b) { return a == b ? 1.0 : 0.0; }, exact()},
      {"gate_positive", gate_positive, [](double a, double b) { return b > 0 ? a : 0.0; }, exact()},
      {"gate_within", [](const Tensor& a, const Tensor& b) { return gate_within(a, b, -1, 2); },
       [](double a, double b) { return b >= -1 && b <= 2 ? a : 0.0; }, exact()},
  };
  return all;
}

ReferenceFunction zipped(Function f) {
  return [f](const Array& a, const Array& b) {
    return zip(a, b, [f](double u, double v) { return f(u, v); });
  };
}

OP_CASES("binary") {
  for (const Row& row : rows()) {
    for (const Shape& shape : {Shape{7, 113}, Shape{5}}) {
      add({.inputs = {off_zero(shape, 0.1, 3, 1), off_zero(shape, 0.1, 3, 2)},
           .graph = [f = row.graph](auto in) { return f(in[0], in[1]); },
           .reference = zipped(row.reference),
           .tolerance = row.tolerance,
           .gradient = true,
           .label = fmt::format("{} {}", row.label, shape.count())});
    }
  }
  for (const Shape& shape : {Shape{7, 113}, Shape{5}}) {
    add({.inputs = {uniform(shape, 0.1, 3, 1), uniform(shape, -2, 2, 2)},
         .graph = [](auto in) { return pow(in[0], in[1]); },
         .reference = zipped([](double a, double b) { return std::pow(a, b); }),
         .tolerance = epsilons(40),
         .gradient = true,
         .label = fmt::format("pow {}", shape.count())});
  }
}

// Pairs that reach every path of the kernel: flat, scalar, rows, columns, and strides of rank 2 to
// 6 with and without vectors.
const std::vector<std::pair<Shape, Shape>>& broadcasts() {
  static const std::vector<std::pair<Shape, Shape>> pairs{
      {{}, {}},
      {{7, 113}, {}},
      {{}, {7, 113}},
      {{7, 113}, {1, 1}},
      {{7, 112}, {112}},
      {{7, 113}, {113}},
      {{112}, {7, 112}},
      {{7, 112}, {7, 1}},
      {{7, 113}, {7, 1}},
      {{1, 8}, {9, 1}},
      {{9, 1}, {1, 7}},
      {{4, 5, 6}, {5, 1}},
      {{4, 1, 8}, {1, 5, 1}},
      {{2, 3, 4, 5}, {3, 1, 1}},
      {{2, 3, 4, 8}, {3, 1, 1}},
      {{2, 1, 4, 1, 3}, {1, 5, 1, 6, 1}},
      {{2, 1, 3, 1, 2, 1}, {1, 2, 1, 3, 1, 4}},
      {{2, 1, 3, 1, 2, 4}, {1, 2, 1, 3, 1, 4}},
      {{3, 0}, {3, 1}},
      {{0}, {1}},
      {{1}, {1, 1, 1, 1, 1, 1}},
      {{9000, 12}, {12}},
  };
  return pairs;
}

OP_CASES("binary_broadcast") {
  for (const auto& [a, b] : broadcasts()) {
    const Shape shape = broadcast(a, b, "test");
    add({.inputs = {uniform(a, -2, 2, 1), uniform(b, -2, 2, 2)},
         .graph = [](auto in) { return in[0] - in[1]; },
         .reference = zipped([](double u, double v) { return u - v; }),
         .tolerance = exact(),
         .gradient = shape.count() > 0 && shape.count() < 2000});
    add({.inputs = {uniform(a, -2, 2, 1), uniform(b, -2, 2, 2)},
         .graph = [](auto in) { return in[0] * in[1]; },
         .reference = zipped([](double u, double v) { return u * v; }),
         .tolerance = exact(),
         .gradient = shape.count() > 0 && shape.count() < 2000});
  }
  const Shape large{2048, 2048};
  const double bytes = 4.0 * static_cast<double>(large.count());
  const auto timing = [&](const char* label, const Shape& b, double tensors) {
    add({.inputs = {uniform(large, -2, 2, 1), uniform(b, -2, 2, 2)},
         .graph = [](auto in) { return in[0] + in[1]; },
         .bytes = tensors * bytes,
         .bench_only = true,
         .label = label});
  };
  timing("add large", large, 3);
  timing("add row large", {2048}, 2);
  timing("add column large", {2048, 1}, 2);
}

OP_CASES("equal_integers") {
  for (const DType dtype : {DType::u32, DType::i32}) {
    for (const Shape& shape : {Shape{7, 113}, Shape{0}}) {
      add({.inputs = {integers(shape, 0, 3, dtype, 1), integers(shape, 0, 3, dtype, 2)},
           .graph = [](auto in) { return equal(in[0], in[1]); },
           .reference = zipped([](double a, double b) { return a == b ? 1.0 : 0.0; }),
           .tolerance = exact()});
    }
  }
}

Array where_of(const Array& mask, const Array& a, const Array& b) {
  const Array branches = zip(a, b, [](double u, double) { return u; });
  const Array others = zip(a, b, [](double, double v) { return v; });
  const Array first = zip(mask, branches, [](double m, double u) { return m != 0 ? u : 0; });
  const Array second = zip(mask, others, [](double m, double v) { return m == 0 ? v : 0; });
  return zip(first, second, [](double u, double v) { return u + v; });
}

OP_CASES("where") {
  struct Shapes {
    Shape mask;
    Shape a;
    Shape b;
  };
  for (const Shapes& s : std::vector<Shapes>{{{7, 113}, {7, 113}, {7, 113}},
                                             {{7, 1}, {7, 112}, {112}},
                                             {{8}, {5, 1}, {}},
                                             {{2, 1, 4, 1}, {3, 1, 5}, {2, 3, 1, 1}},
                                             {{1}, {2, 3, 4, 8}, {3, 1, 1}},
                                             {{3, 0}, {3, 1}, {}}}) {
    add({.inputs = {integers(s.mask, 0, 1), uniform(s.a, -2, 2, 2), uniform(s.b, -2, 2, 3)},
         .graph = [](auto in) { return where(greater(in[0], 0.5F), in[1], in[2]); },
         .reference = where_of,
         .tolerance = exact(),
         .gradient = s.mask.count() > 0});
  }
  const double inf = std::numeric_limits<double>::infinity();
  add({.inputs = {exactly({4}, {0, 1, 0, 1}), exactly({4}, {inf, 1, inf, 2}),
                  exactly({4}, {3, inf, 4, -inf})},
       .graph = [](auto in) { return where(in[0], in[1], in[2]); },
       .reference =
           [](const Array&, const Array&, const Array&) {
             return Array(Shape{4}, {3, 1, 4, 2});
           },
       .tolerance = exact(),
       .label = "the other branch does not leak"});
}

TEST(Binary, NamesTheShapesThatDoNotBroadcast) {
  try {
    (void)(input({2, 3}) + input({4}));
    FAIL();
  } catch (const InvalidArgument& error) {
    EXPECT_NE(std::string(error.what()).find("add: shapes do not broadcast"), std::string::npos)
        << error.what();
  }
  EXPECT_THROW((void)(input({2}) + input({2}, DType::i32)), InvalidArgument);
  EXPECT_THROW((void)equal(input({2}, DType::u32), input({2}, DType::i32)), InvalidArgument);
  EXPECT_THROW((void)where(input({2}), input({3}), input({2})), InvalidArgument);
}

TEST(Binary, ReadsRepeatedOperandsWhereTheyLie) {
  const Tensor x = input({4, 3});
  const Tensor row = input({3});
  const Tensor y = x * broadcast_to(row, {4, 3});
  EXPECT_TRUE(y.node().inputs[1].is(row));
  const Tensor both = broadcast_to(row, {4, 3}) * broadcast_to(row, {4, 3});
  EXPECT_EQ(both.shape(), (Shape{4, 3}));
}

}  // namespace
}  // namespace ridgeback::test
