// SPDX-License-Identifier: Apache-2.0
// Products whose rows, or terms, are in groups that are known at run time.
#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/layout.hpp"
#include "ridgeback/ops/ops.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "harness/device.hpp"
#include "harness/op_case.hpp"
#include "harness/run_case.hpp"
#include "reference/matmul.hpp"

namespace ridgeback::test {
namespace {

struct Sizes {
  std::int64_t rows, cols, depth;
};

using Ends = std::vector<double>;

struct Types {
  DType a = DType::f32, b = DType::f32;
};

Input given(const Ends& ends) {
  return exactly({static_cast<std::int64_t>(ends.size())}, ends, DType::i32);
}

std::string label(std::string_view what, const Sizes& s, const Ends& ends) {
  return fmt::format("{}_{}x{}x{}_{}", what, s.rows, s.cols, s.depth, fmt::join(ends, "_"));
}

// Small integers: every sum is exact, in whichever order.
OpCase of_rows(const Sizes& s, const Ends& ends, bool transposed, Types types = {}) {
  const auto groups = static_cast<std::int64_t>(ends.size());
  const Shape w = transposed ? Shape{groups, s.cols, s.depth} : Shape{groups, s.depth, s.cols};
  return {.inputs = {integers({s.rows, s.depth}, -8, 8, types.a), integers(w, -8, 8, types.b),
                     given(ends)},
          .graph =
              [=](auto in) {
                return grouped_matmul(in[0], transposed ? transpose(in[1]) : in[1], in[2]);
              },
          .reference =
              [=](const Array& x, const Array& matrices, const Array& at) {
                return reference::grouped_matmul(x, matrices, at, transposed);
              },
          .label = label(transposed ? "rows_t" : "rows", s, ends)};
}

// rows: of each result; depth: all terms.
OpCase of_terms(const Sizes& s, const Ends& ends, Types types = {}) {
  return {.inputs = {integers({s.depth, s.rows}, -8, 8, types.a),
                     integers({s.depth, s.cols}, -8, 8, types.b), given(ends)},
          .graph = [](auto in) { return grouped_matmul_transposed(in[0], in[1], in[2]); },
          .reference = reference::grouped_matmul_transposed,
          .label = label("terms", s, ends)};
}

// Groups that begin amid tiles, that are empty, first and last too, one alone, and rows of none.
const std::vector<Ends> many_ends{{3, 3, 20, 37}, {0, 37, 37}, {5, 6, 7, 30},
                                  {37},           {0},         {1, 9, 17, 25, 33}};

OP_CASES("grouped_matmul") {
  for (const bool transposed : {false, true}) {
    for (const Ends& ends : many_ends) add(of_rows({37, 21, 13}, ends, transposed));
    add(of_rows({37, 24, 16}, many_ends[0], transposed));
    OpCase small = of_rows({7, 5, 3}, {2, 2, 6}, transposed);
    small.gradient = true;
    add(small);
    for (const Sizes& none : std::vector<Sizes>{{0, 4, 3}, {4, 0, 3}, {4, 3, 0}})
      add(of_rows(none, {0, 2}, transposed));
  }
  for (const Ends& ends : many_ends) add(of_terms({21, 13, 37}, ends));
  add(of_terms({24, 16, 37}, many_ends[0]));
  OpCase small = of_terms({3, 5, 7}, {2, 2, 6});
  small.gradient = true;
  add(small);
  for (const Sizes& none : std::vector<Sizes>{{0, 4, 3}, {4, 0, 3}, {4, 3, 0}})
    add(of_terms(none, {0, 2}));
}

OP_CASES("grouped_matmul of halves") {
  constexpr DType f16 = DType::f16;
  add(of_rows({37, 21, 13}, many_ends[0], false, {f16, f16}));
  add(of_rows({37, 24, 16}, many_ends[2], true, {f16, DType::f32}));
  add(of_terms({21, 13, 37}, many_ends[0], {DType::f32, f16}));
  add(of_terms({24, 16, 37}, many_ends[2], {f16, f16}));
}

// Two operands after the product is its limit; the third function is done on its own.
OP_CASES("grouped_matmul and what follows") {
  OpCase rows = of_rows({37, 24, 16}, many_ends[0], true);
  rows.inputs.push_back(integers({24}, -99, 99));
  rows.inputs.push_back(integers({37, 1}, -3, 3));
  rows.inputs.push_back(integers({37, 24}, -3, 3));
  rows.graph = [](const std::vector<Tensor>& in) {
    return maximum(relu(grouped_matmul(in[0], transpose(in[1]), in[2]) + in[3]) * in[4], in[5]);
  };
  rows.reference = [](const std::vector<Array>& in) {
    Array y = reference::grouped_matmul(in[0], in[1], in[2], true);
    for (std::int64_t i = 0; i < y.count(); ++i)
      y[i] = std::max(std::max(y[i] + in[3][i % 24], 0.0) * in[4][i / 24], in[5][i]);
    return y;
  };
  add(rows);
  OpCase terms = of_terms({21, 13, 37}, many_ends[2]);
  terms.inputs.push_back(integers({4, 21, 13}, -9, 9));
  terms.graph = [](const std::vector<Tensor>& in) {
    return grouped_matmul_transposed(in[0], in[1], in[2]) * in[3];
  };
  terms.reference = [](const std::vector<Array>& in) {
    Array y = reference::grouped_matmul_transposed(in[0], in[1], in[2]);
    for (std::int64_t i = 0; i < y.count(); ++i) y[i] *= in[3][i];
    return y;
  };
  add(terms);
}

// Kernels take them from tensors that a program makes, and a program's groups may change.
TEST(GroupedMatmul, GroupsMayChangeFromRunToRun) {
  const Tensor x = input({37, 5}), w = input({3, 5, 9}), ends = input({3}, DType::i32);
  const Tensor y = grouped_matmul(x, w, ends);
  Executable e = compile(test_device(), {y}, {}, {.guards = true});
  const OpCase drawn = of_rows({37, 9, 5}, {0, 0, 0}, false);
  const std::vector<Array> values = draw_inputs(drawn);
  e.set_bytes(x, encode(values[0], DType::f32));
  e.set_bytes(w, encode(values[1], DType::f32));
  for (const Ends& at : std::vector<Ends>{{1, 2, 3}, {37, 37, 37}, {0, 0, 37}, {12, 24, 36}}) {
    const Array now{Shape{3}, at};
    e.set_bytes(ends, encode(now, DType::i32));
    e.run();
    e.check_guards();
    EXPECT_EQ(e.get_bytes(y),
              encode(reference::grouped_matmul(values[0], values[1], now, false), DType::f32));
  }
}

Array run(const OpCase& c, const Forced& forced) {
  const std::vector<Tensor> inputs = graph_inputs(c), outputs = c.graph(inputs);
  return decode(outputs[0].spec(), run_once(outputs, inputs, draw_inputs(c), forced)[0]);
}

// Where groups begin and end as they count, whatever is given.
Ends counted(const Ends& given_ends, std::int64_t rows) {
  Ends begins_and_ends;
  double begin = 0;
  for (const double end : given_ends) {
    const double inside = std::clamp(end, 0.0, static_cast<double>(rows));
    begins_and_ends.insert(begins_and_ends.end(), {begin, std::max(begin, inside)});
    begin = inside;
  }
  return begins_and_ends;
}

// What a tensor says is not trusted: nothing outside of the operands is written. Groups of terms
// are what they count as; results of groups of rows are determined where ends do not descend.
TEST(GroupedMatmul, EndsThatMakeNoSenseStayInBounds) {
  for (const Ends& ends : std::vector<Ends>{{-5, 2147483647.0, 12},
                                            {30, 10, 20},
                                            {37, 36, 37},
                                            {-2147483648.0, -1, 37},
                                            {2147483647.0, -2147483648.0, 2147483647.0}}) {
    const OpCase rows = of_rows({37, 21, 13}, ends, false), terms = of_terms({21, 13, 37}, ends);
    SCOPED_TRACE(rows.label);
    for (const Forced& forced : choices(rows.graph(graph_inputs(rows)))) run(rows, forced);
    // Each group alone, between the one before it and the one after it.
    const std::vector<Array> values = draw_inputs(terms);
    const Ends bounds = counted(ends, 37);
    for (const Forced& forced : choices(terms.graph(graph_inputs(terms)))) {
      const Array got = run(terms, forced);
      for (std::size_t g = 0; g < ends.size(); ++g) {
        const Array own{Shape{2}, {bounds[2 * g], bounds[2 * g + 1]}};
        const Array want = reference::grouped_matmul_transposed(values[0], values[1], own);
        const auto size = static_cast<std::ptrdiff_t>(21 * 13);
        EXPECT_TRUE(std::equal(want.values.begin() + size, want.values.end(),
                               got.values.begin() + static_cast<std::ptrdiff_t>(g) * size));
      }
    }
  }
  const OpCase c = of_rows({37, 21, 13}, {-7, 12, 400}, false);
  const std::vector<Array> values = draw_inputs(c);
  const Array as_if{Shape{3}, {0, 12, 37}};
  const Array want = reference::grouped_matmul(values[0], values[1], as_if, false);
  for (const Forced& forced : choices(c.graph(graph_inputs(c))))
    EXPECT_EQ(run(c, forced).values, want.values);
}

// More groups than rows; sizes at which operands with odd rows are copied to padded ones first.
OP_CASES("grouped_matmul of other sizes") {
  add(of_rows({3, 5, 7}, {0, 1, 1, 1, 2, 2, 3, 3, 3}, true));
  add(of_rows({770, 7, 5}, {380, 770}, false));
  add(of_rows({10, 897, 5}, {4, 9}, false));
  add(of_terms({5, 897, 12}, {4, 9}));
  add(of_terms({385, 7, 12}, {4, 9}));
}

// The large tile takes a second to compile: the default variants alone.
TEST(GroupedMatmul, LargeTilesAgreeWithTheReference) {
  for (const OpCase& c :
       {of_rows({150, 70, 65}, {70, 149}, false), of_rows({150, 72, 68}, {70, 149}, true),
        of_terms({70, 66, 150}, {70, 149})}) {
    SCOPED_TRACE(c.label);
    EXPECT_EQ(run(c, {}).values, c.reference(draw_inputs(c))[0].values);
  }
}

TEST(GroupedMatmul, EveryTileAndNumberOfPartsAgreesWithTheReference) {
  check_tiles(of_rows({37, 21, 131}, {5, 6, 30}, true), "parts");
  check_tiles(of_terms({9, 21, 1031}, {100, 100, 700}), "parts");
  OpCase followed = of_rows({37, 20, 131}, {5, 6, 30}, false);
  followed.inputs.push_back(integers({20}, -99, 99));
  followed.inputs.push_back(integers({37, 20}, -3, 3));
  followed.graph = [](const std::vector<Tensor>& in) {
    return (grouped_matmul(in[0], in[1], in[2]) + in[3]) * in[4];
  };
  followed.reference = [](const std::vector<Array>& in) {
    Array y = reference::grouped_matmul(in[0], in[1], in[2], false);
    for (std::int64_t i = 0; i < y.count(); ++i) y[i] = (y[i] + in[3][i % 20]) * in[4][i];
    return y;
  };
  check_tiles(followed, "parts");
  if (test_device().target().is_cpu()) return;  // its tiles take seconds to compile
  check_tiles(of_rows({135, 134, 21}, {65, 65, 130}, false));
  check_tiles(of_terms({36, 136, 95}, {30, 31, 90}));
}

TEST(GroupedMatmul, AsOperands) {
  const Tensor x = input({6, 4}), w = input({2, 5, 4}), ends = input({2}, DType::i32);
  const Tensor y = grouped_matmul(x, transpose(w), ends);
  const auto of_rows = as_matmul(y.node(), y.node().inputs);
  ASSERT_TRUE(of_rows.has_value());
  EXPECT_EQ(of_rows->groups, Groups::rows);
  EXPECT_TRUE(of_rows->b.is(w));
  EXPECT_TRUE(of_rows->transpose_b);
  EXPECT_TRUE(of_rows->ends.is(ends));
  const Tensor z = grouped_matmul_transposed(x, y, ends);
  EXPECT_EQ(z.shape(), (Shape{2, 4, 5}));
  EXPECT_EQ(as_matmul(z.node(), z.node().inputs)->groups, Groups::terms);
}

TEST(GroupedMatmul, RefusesWhatDoesNotFit) {
  const Tensor x = input({6, 4}), w = input({2, 4, 5}), ends = input({2}, DType::i32);
  EXPECT_NO_THROW((void)grouped_matmul(x, w, ends));
  EXPECT_THROW((void)grouped_matmul(x, w, input({3}, DType::i32)), InvalidArgument);
  EXPECT_THROW((void)grouped_matmul(x, w, input({2})), InvalidArgument);
  EXPECT_THROW((void)grouped_matmul(x, w, input({2, 1}, DType::i32)), InvalidArgument);
  EXPECT_THROW((void)grouped_matmul(x, input({4, 5}), ends), InvalidArgument);
  EXPECT_THROW((void)grouped_matmul(input({2, 6, 4}), w, ends), InvalidArgument);
  EXPECT_THROW((void)grouped_matmul(x, transpose(w), ends), InvalidArgument);
  EXPECT_THROW((void)grouped_matmul(input({6, 4}, DType::i32), w, ends), InvalidArgument);
  EXPECT_THROW((void)grouped_matmul_transposed(x, input({5, 3}), ends), InvalidArgument);
  EXPECT_THROW((void)grouped_matmul_transposed(x, w, ends), InvalidArgument);
}

}  // namespace
}  // namespace ridgeback::test
