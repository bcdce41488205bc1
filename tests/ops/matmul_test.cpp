// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/matmul.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/layout.hpp"

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

Shape stored(std::int64_t rows, std::int64_t cols, bool transposed) {
  return transposed ? Shape{cols, rows} : Shape{rows, cols};
}

// Small integers: every product and sum is exact in 32 bits, so any order of adding gives the same.
OP_CASES("matmul") {
  for (const Sizes& s : std::vector<Sizes>{{1, 1, 1},
                                           {3, 5, 7},
                                           {8, 64, 16},
                                           {33, 130, 65},
                                           {40, 200, 130},
                                           {12, 20, 36},
                                           {68, 140, 76},
                                           {1, 77, 32},
                                           {65, 1, 9},
                                           {0, 4, 3},
                                           {4, 0, 3},
                                           {4, 3, 0}}) {
    for (const bool ta : {false, true}) {
      for (const bool tb : {false, true}) {
        add({.inputs = {integers(stored(s.rows, s.depth, ta), -8, 8),
                        integers(stored(s.depth, s.cols, tb), -8, 8)},
             .graph =
                 [=](auto in) {
                   return matmul(ta ? transpose(in[0]) : in[0], tb ? transpose(in[1]) : in[1]);
                 },
             .reference = [=](const Array& a,
                              const Array& b) { return reference::matmul(a, b, ta, tb); },
             .gradient = s.rows * s.cols <= 256});
      }
    }
  }
}

// The large tile takes a second to compile: one shape for it.
OP_CASES("matmul large") {
  add({.inputs = {integers({70, 67}, -8, 8), integers({67, 130}, -8, 8)},
       .graph = [](auto in) { return matmul(in[0], in[1]); },
       .reference = [](const Array& a,
                       const Array& b) { return reference::matmul(a, b, false, false); }});
  add({.inputs = {integers({66, 70}, -8, 8), integers({130, 66}, -8, 8)},
       .graph = [](auto in) { return matmul(transpose(in[0]), transpose(in[1])); },
       .reference = [](const Array& a,
                       const Array& b) { return reference::matmul(a, b, true, true); }});
}

// So large that operands with odd rows are copied to padded ones first.
OP_CASES("matmul padded") {
  for (const bool ta : {false, true}) {
    for (const bool tb : {false, true}) {
      add({.inputs = {integers(stored(389, 37, ta), -8, 8), integers(stored(37, 901, tb), -8, 8)},
           .graph =
               [=](auto in) {
                 return matmul(ta ? transpose(in[0]) : in[0], tb ? transpose(in[1]) : in[1]);
               },
           .reference = [=](const Array& a,
                            const Array& b) { return reference::matmul(a, b, ta, tb); }});
    }
  }
  for (const Shape& b : std::vector<Shape>{{2, 5, 897}, {5, 897}}) {
    add({.inputs = {integers({2, 385, 5}, -8, 8), integers(b, -8, 8)},
         .graph = [](auto in) { return matmul(in[0], in[1]); },
         .reference = [](const Array& x,
                         const Array& y) { return reference::matmul(x, y, false, false); }});
  }
}

OP_CASES("matmul batched") {
  for (const auto& [a, b] : std::vector<std::pair<Shape, Shape>>{{{3, 4, 5}, {3, 5, 6}},
                                                                 {{2, 3, 4, 5}, {2, 3, 5, 6}},
                                                                 {{3, 4, 5}, {5, 6}},
                                                                 {{4, 5}, {3, 5, 6}},
                                                                 {{2, 1, 4, 5}, {3, 5, 6}},
                                                                 {{2, 1, 4, 5}, {2, 3, 5, 6}},
                                                                 {{2, 3, 4, 5}, {3, 5, 6}},
                                                                 {{3, 4, 8}, {3, 8, 12}},
                                                                 {{2, 1, 4, 8}, {3, 8, 12}},
                                                                 {{0, 4, 5}, {5, 6}}}) {
    add({.inputs = {integers(a, -8, 8), integers(b, -8, 8)},
         .graph = [](auto in) { return matmul(in[0], in[1]); },
         .reference = [](const Array& x,
                         const Array& y) { return reference::matmul(x, y, false, false); },
         .gradient = true});
  }
}

// Tiles that only large products take by default. Those of CPU drivers take seconds to compile.
TEST(Matmul, EveryTileOfAGpuAgreesWithTheReference) {
  if (test_device().target().is_cpu()) GTEST_SKIP() << "RIDGEBACK_CLASS=gpu runs it";
  for (const bool transposed : {false, true}) {
    // Rows that are whole quads, and rows that are not.
    const Sizes s = transposed ? Sizes{36, 136, 20} : Sizes{35, 134, 21};
    check_tiles({.inputs = {integers(stored(s.rows, s.depth, transposed), -8, 8),
                            integers(stored(s.depth, s.cols, transposed), -8, 8)},
                 .graph =
                     [=](auto in) {
                       return transposed ? matmul(transpose(in[0]), transpose(in[1]))
                                         : matmul(in[0], in[1]);
                     },
                 .reference =
                     [=](const Array& a, const Array& b) {
                       return reference::matmul(a, b, transposed, transposed);
                     }});
  }
}

TEST(Matmul, ReadsTransposesInPlace) {
  const Tensor a = input({3, 4});
  const Tensor b = input({5, 4});
  const Tensor y = matmul(a, transpose(b));
  const auto operands = as_matmul(y.node(), y.node().inputs);
  ASSERT_TRUE(operands.has_value());
  EXPECT_TRUE(operands->b.is(b));
  EXPECT_TRUE(operands->transpose_b);
  EXPECT_FALSE(operands->transpose_a);
  EXPECT_FALSE(as_matmul(a.node(), {}).has_value());
}

TEST(Matmul, RefusesWhatDoesNotFit) {
  EXPECT_THROW((void)matmul(input({3, 4}), input({5, 4})), InvalidArgument);
  EXPECT_THROW((void)matmul(input({4}), input({4, 4})), InvalidArgument);
  EXPECT_THROW((void)matmul(input({3, 4}, DType::i32), input({4, 4})), InvalidArgument);
  EXPECT_THROW((void)matmul(input({2, 3, 4}), input({3, 4, 4})), InvalidArgument);
}

}  // namespace
}  // namespace ridgeback::test
