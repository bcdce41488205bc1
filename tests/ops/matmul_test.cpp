// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/matmul.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/layout.hpp"
#include "ridgeback/ops/ops.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <algorithm>
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

struct Types {
  DType a = DType::f32, b = DType::f32;
};

// a b of operands that are stored as they are or transposed. Small integers: every product and sum
// is exact in 32 bits, so any order of adding gives the same.
OpCase product(const Sizes& s, bool ta, bool tb, Types types = {}) {
  return {
      .inputs = {integers(stored(s.rows, s.depth, ta), -8, 8, types.a),
                 integers(stored(s.depth, s.cols, tb), -8, 8, types.b)},
      .graph =
          [=](auto in) {
            return matmul(ta ? transpose(in[0]) : in[0], tb ? transpose(in[1]) : in[1]);
          },
      .reference = [=](const Array& a, const Array& b) { return reference::matmul(a, b, ta, tb); }};
}

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
        OpCase c = product(s, ta, tb);
        c.gradient = s.rows * s.cols <= 256;
        add(c);
      }
    }
  }
}

// Operands of 16 bits, in rows that are whole texels and rows that are not.
OP_CASES("matmul of halves") {
  for (const Sizes& s : std::vector<Sizes>{{3, 5, 7}, {37, 133, 69}, {40, 72, 48}}) {
    for (const bool ta : {false, true}) {
      for (const bool tb : {false, true}) add(product(s, ta, tb, {DType::f16, DType::f16}));
    }
    OpCase second = product(s, false, true, {DType::f32, DType::f16});
    OpCase first = product(s, true, false, {DType::f16, DType::f32});
    second.gradient = first.gradient = s.rows * s.cols <= 256;
    add(second);
    add(first);
  }
  add(product({5, 29, 4099}, false, true, {DType::f16, DType::f16}));
  // Gradients pass through the rounding.
  add({.inputs = {integers({3, 4, 6}, -8, 8), integers({6, 5}, -8, 8)},
       .graph = [](auto in) { return matmul(cast(in[0], DType::f16), cast(in[1], DType::f16)); },
       .reference = [](const Array& a,
                       const Array& b) { return reference::matmul(a, b, false, false); },
       .gradient = true});
}

// The large tile takes a second to compile: one shape for it.
OP_CASES("matmul large") {
  add(product({70, 130, 67}, false, false));
  add(product({70, 130, 66}, true, true));
}

// Eight columns of a tile are a texel of halves.
OP_CASES("matmul large of halves") {
  add(product({70, 136, 72}, false, false, {DType::f16, DType::f16}));
}

// So large that operands with odd rows are copied to padded ones first.
OP_CASES("matmul padded") {
  for (const bool ta : {false, true}) {
    for (const bool tb : {false, true}) add(product({389, 901, 37}, ta, tb));
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

// So long and so few that they are made in parts along the reduction: by rule on CPU drivers, where
// one work group would make them.
OP_CASES("matmul of long sums") {
  for (const bool transposed : {false, true}) {
    add(product({5, 29, 4099}, transposed, transposed));
    add(product({6, 32, 4096}, transposed, transposed));
  }
  add({.inputs = {integers({7, 4098}, -8, 8), integers({4098, 30}, -8, 8), integers({30}, -99, 99)},
       .graph = [](auto in) { return relu(matmul(in[0], in[1]) + in[2]); },
       .reference =
           [](const Array& a, const Array& b, const Array& bias) {
             const auto shifted = [](double x, double y) { return std::max(x + y, 0.0); };
             return zip(reference::matmul(a, b, false, false), bias, shifted);
           }});
  add({.inputs = {integers({3, 2, 2500}, -8, 8), integers({2500, 8}, -8, 8)},
       .graph = [](auto in) { return matmul(in[0], in[1]); },
       .reference = [](const Array& a,
                       const Array& b) { return reference::matmul(a, b, false, false); }});
}

TEST(Matmul, AnyNumberOfPartsAgreesWithTheReference) {
  for (const bool transposed : {false, true}) {
    check_tiles({.inputs = {integers(transposed ? Shape{2, 1031, 5} : Shape{2, 5, 1031}, -8, 8),
                            integers(transposed ? Shape{19, 1031} : Shape{1031, 19}, -8, 8),
                            integers({5, 19}, -99, 99)},
                 .graph =
                     [=](auto in) {
                       const Tensor y = transposed ? matmul(transpose(in[0]), transpose(in[1]))
                                                   : matmul(in[0], in[1]);
                       return y * broadcast_to(in[2], y.shape());
                     },
                 .reference =
                     [=](const Array& a, const Array& b, const Array& scale) {
                       return zip(reference::matmul(a, b, transposed, transposed), scale,
                                  [](double x, double y) { return x * y; });
                     }},
                "parts");
  }
}

// The device described, not the one at hand.
TEST(Matmul, TakesPartsWhereTilesAreFewAndSumsLong) {
  const auto parts = [](const Target& target, const Tensor& y) {
    for (const Choice& choice : plan(target, {y}).launches.front().dispatch.choices) {
      if (choice.what == "parts") return choice.taken;
    }
    return std::string("none");
  };
  const Target gpu = null_target();
  Target cpu = null_target();
  cpu.device_class = DeviceClass::cpu;
  cpu.limits.subgroup_size = 8;
  const auto product = [](const Sizes& s) {
    return matmul(input({s.rows, s.depth}), input({s.depth, s.cols}));
  };
  EXPECT_EQ(parts(gpu, product({8, 4096, 4096})), "8");
  EXPECT_EQ(parts(gpu, product({1024, 1024, 1024})), "1");
  EXPECT_EQ(parts(gpu, product({8, 4096, 63})), "none");
  EXPECT_EQ(parts(cpu, product({8, 4096, 4096})), "1");
  EXPECT_EQ(parts(cpu, product({8, 16, 4096})), "4");
  const Program program = plan(gpu, {product({8, 4096, 4096})});
  ASSERT_EQ(program.launches.size(), 2U);
  EXPECT_EQ(program.launches.back().dispatch.kernel, "add_parts");
}

// Tiles that only large products take by default. Those of CPU drivers take seconds to compile.
TEST(Matmul, EveryTileOfAGpuAgreesWithTheReference) {
  if (test_device().target().is_cpu()) GTEST_SKIP() << "RIDGEBACK_CLASS=gpu runs it";
  for (const bool transposed : {false, true}) {
    // Rows that are whole quads, and rows that are not.
    const Sizes s = transposed ? Sizes{36, 136, 20} : Sizes{35, 134, 21};
    check_tiles(product(s, transposed, transposed));
  }
  for (const char* tile : {"shared64", "shared128"})
    check_tiles(product({35, 134, 525}, true, false), "parts", {{"matmul_f32/tile", tile}});
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
  EXPECT_THROW((void)matmul(input({3, 4}, DType::f16), input({4, 4}, DType::i8)), InvalidArgument);
  // A transpose of halves that no product reads.
  EXPECT_THROW((void)plan(null_target(), {transpose(input({3, 4}, DType::f16))}), Unsupported);
  EXPECT_THROW((void)matmul(input({2, 3, 4}), input({3, 4, 4})), InvalidArgument);
}

}  // namespace
}  // namespace ridgeback::test
