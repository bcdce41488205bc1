// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/products.hpp"

#include "ridgeback/core/bits.hpp"
#include "ridgeback/core/error.hpp"
#include "ridgeback/core/half.hpp"
#include "ridgeback/core/random.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/quant/product_tiles.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "harness/codes.hpp"
#include "harness/device.hpp"
#include "harness/op_case.hpp"
#include "harness/run_case.hpp"
#include "reference/matmul.hpp"

namespace ridgeback::test {
namespace {

using quant::CodedMatrix;

struct Blocks {
  int x, w;
};

OpCase codes_case(const Shape& x, std::int64_t cols, DType x_type, DType w_type, Blocks block) {
  const std::int64_t depth = x[-1];
  const std::int64_t rows = x.count(0, x.rank() - 1);
  const bool wide = x_type == DType::i8 || w_type == DType::i8;
  return {.inputs = {codes(x, x_type, 1), factors(rows, depth, block.x, 2),
                     codes({cols, depth}, w_type, 3), factors(cols, depth, block.w, 4)},
          .graph =
              [=](auto in) {
                return quant::matmul_codes({in[0], in[1], block.x}, {in[2], in[3], block.w});
              },
          .reference =
              [=](const std::vector<Array>& in) {
                return reference::matmul(dequantized(in[0], in[1], block.x),
                                         dequantized(in[2], in[3], block.w), false, true);
              },
          .tolerance = wide ? epsilons(16) : exact(),
          .label = fmt::format("{}x{}x{}_{}_{}_{}_{}", rows, cols, depth, name(x_type),
                               name(w_type), block.x, block.w)};
}

void add_codes(OpCases& cases, const Shape& x, std::int64_t cols, DType x_type, DType w_type,
               Blocks block) {
  cases.add(codes_case(x, cols, x_type, w_type, block));
}

OP_CASES("matmul_codes") {
  int turn = 0;
  const Blocks turns[] = {{64, 64}, {0, 0}, {64, 0}, {96, 96}, {32, 64}, {256, 128}, {0, 192}};
  for (const DType x : packed_types) {
    for (const DType w : packed_types) add_codes(*this, {9, 333}, 21, x, w, turns[turn++ % 7]);
  }
  // All partitions with the types that have kernels of their own.
  for (const Blocks& block : turns) {
    add_codes(*this, {3, 2, 261}, 19, DType::b1, DType::b1, block);
    add_codes(*this, {5, 261}, 19, DType::s1, DType::ternary, block);
    add_codes(*this, {5, 261}, 19, DType::i4, DType::b1, block);
  }
  // Looked up sums of rows side by side.
  turn = 0;
  for (const DType x : {DType::i2, DType::i4, DType::i8}) {
    for (const DType w : {DType::b1, DType::s1, DType::ternary, DType::i2})
      add_codes(*this, {9, 333}, 37, x, w, turns[turn++ % 7]);
  }
  add_codes(*this, {2, 5, 96}, 133, DType::i4, DType::b1, {64, 64});
  add_codes(*this, {8, 2200}, 32, DType::i4, DType::ternary, {0, 0});
  add_codes(*this, {8, 2200}, 32, DType::i4, DType::i2, {0, 0});
  add_codes(*this, {1, 4100}, 37, DType::i4, DType::b1, {0, 0});
  add_codes(*this, {5, 4100}, 37, DType::i8, DType::ternary, {64, 64});
  for (const DType type : {DType::b1, DType::i2}) {
    add_codes(*this, {1, 1}, 1, type, type, {64, 64});
    add_codes(*this, {1, 31}, 3, type, type, {0, 0});
    add_codes(*this, {0, 64}, 3, type, type, {64, 64});
    add_codes(*this, {3, 64}, 0, type, type, {64, 64});
    add_codes(*this, {3, 0}, 5, type, type, {64, 0});
  }
  // The largest tiles.
  add_codes(*this, {33, 320}, 70, DType::b1, DType::b1, {64, 64});
  add_codes(*this, {33, 300}, 70, DType::i4, DType::i4, {64, 64});
  // Columns that begin and end anywhere, in tiles of many.
  add_codes(*this, {33, 96}, 71, DType::b1, DType::b1, {64, 64});
  add_codes(*this, {17, 64}, 67, DType::s1, DType::s1, {0, 0});
  add_codes(*this, {33, 2048}, 63, DType::i8, DType::s1, {0, 0});
}

// Two rows side by side in words: as many rows as tiles have, blocks of one and two windows of 32
// codes, longer ones and whole rows, and columns that begin and end anywhere.
OP_CASES("matmul_codes of two rows") {
  const DType integers_only[] = {DType::i2, DType::i4, DType::i8};
  const Blocks turns[] = {{32, 32}, {64, 64}, {0, 0}, {96, 96}, {64, 32}, {0, 64}};
  const std::int64_t rows[] = {1, 2, 3, 8, 9, 16, 17};
  int turn = 0;
  for (const DType x : integers_only) {
    for (const DType w : integers_only) {
      add_codes(*this, {rows[turn % 7], 333}, 37, x, w, turns[turn % 6]);
      ++turn;
    }
  }
  add_codes(*this, {2, 1000}, 24, DType::i4, DType::i4, {32, 0});
  add_codes(*this, {16, 1500}, 200, DType::i4, DType::i4, {64, 64});
  add_codes(*this, {9, 2100}, 300, DType::i8, DType::i4, {0, 0});
}

// Whole rows whose factors are (1, 0): the sums of products of codes, which are exact.
void add_sums(OpCases& cases, const Input& x, const Input& w, const std::string& label) {
  const auto ones = [](const Input& codes) {
    const std::int64_t rows = codes.spec.shape[0];
    std::vector<double> factors;
    for (std::int64_t row = 0; row < rows; ++row) factors.insert(factors.end(), {1, 0});
    return exactly({rows, 1, 2}, factors);
  };
  cases.add({.inputs = {x, ones(x), w, ones(w)},
             .graph =
                 [](auto in) {
                   return quant::matmul_codes({in[0], in[1], 0}, {in[2], in[3], 0});
                 },
             .reference =
                 [](const std::vector<Array>& in) {
                   return reference::matmul(in[0], in[2], false, true);
                 },
             .tolerance = exact(),
             .label = label});
}

// The lowest and the highest code on both sides, in rows and columns of one of them, so that the
// sums of a window, and of both rows that share a word, are as large as they can be with either
// sign.
OP_CASES("matmul_codes of extreme codes") {
  const auto extreme = [](const Shape& shape, DType type) {
    const Input drawn = codes(shape, type, 1);
    return Input{drawn.spec, [drawn, type](const Shape& of) {
                   Array array = drawn.draw(of);
                   const CodeRange range = code_range(type);
                   const std::int64_t depth = of[-1];
                   for (std::size_t i = 0; i < array.values.size(); ++i) {
                     const auto row = static_cast<std::int64_t>(i) / depth;
                     array.values[i] = row % 3 == 2 ? range.highest : range.lowest;
                   }
                   return array;
                 }};
  };
  for (const auto& [x, w] : {std::pair{DType::i4, DType::i4}, std::pair{DType::i2, DType::i4},
                             std::pair{DType::i8, DType::i4}, std::pair{DType::i4, DType::i8},
                             std::pair{DType::i8, DType::i8}}) {
    for (const std::int64_t rows : {1, 3, 9}) {
      add_sums(*this, extreme({rows, 2047}, x), extreme({37, 2047}, w),
               fmt::format("{}_{}_{}", rows, name(x), name(w)));
    }
  }
}

// Most codes are -128 and the factors (1, 0): the sums pass 2^24 and are still exact until they are
// rounded once, at the end. Short enough to be made at once.
OP_CASES("matmul_codes beyond exact floats") {
  const auto lowest = [](const Shape& shape, std::uint64_t seed) {
    const Input drawn = codes(shape, DType::i8, seed);
    return Input{drawn.spec, [drawn](const Shape& of) {
                   Array array = drawn.draw(of);
                   for (double& value : array.values) {
                     if (value < 120) value = -128;
                   }
                   return array;
                 }};
  };
  add_sums(*this, lowest({2, 2047}, 1), lowest({3, 2047}, 2), "");
}

// So few and so long that the rule for CPU drivers makes them in parts, in every variant.
OP_CASES("matmul_codes in parts") {
  add_codes(*this, {3, 131100}, 9, DType::b1, DType::b1, {0, 0});
  add_codes(*this, {2, 131100}, 8, DType::s1, DType::ternary, {64, 0});
  add_codes(*this, {2, 131100}, 5, DType::ternary, DType::ternary, {96, 96});
  add_codes(*this, {3, 32800}, 15, DType::i4, DType::i4, {0, 0});
  add_codes(*this, {3, 32800}, 16, DType::b1, DType::i2, {64, 192});
  add_codes(*this, {4, 32800}, 32, DType::i4, DType::b1, {0, 0});
  add_codes(*this, {3, 32800}, 32, DType::i2, DType::ternary, {64, 64});
}

struct Dense {
  bool transpose_a, transpose_b;
};

OpCase dense_case(std::int64_t rows, std::int64_t cols, std::int64_t depth, DType type, int block,
                  Dense how, DType a_type = DType::f32) {
  const Shape stored = how.transpose_b ? Shape{cols, depth} : Shape{depth, cols};
  const Shape a = how.transpose_a ? Shape{depth, rows} : Shape{rows, depth};
  return {
      .inputs = {integers(a, -8, 8, a_type), codes(stored, type, 1),
                 factors(stored[0], stored[1], block, 2)},
      .graph =
          [=](auto in) {
            const CodedMatrix b{in[1], in[2], block};
            if (how.transpose_a) return quant::matmul_dense_codes_transposed(in[0], b);
            return how.transpose_b ? quant::matmul_dense_codes_rows(in[0], b)
                                   : quant::matmul_dense_codes(in[0], b);
          },
      .reference =
          [=](const std::vector<Array>& in) {
            return reference::matmul(in[0], dequantized(in[1], in[2], block), how.transpose_a,
                                     how.transpose_b);
          },
      .tolerance = exact(),
      .label = fmt::format("{}x{}x{}_{}_{}_{}_{}{}", rows, cols, depth, name(a_type), name(type),
                           block, how.transpose_a ? "t" : "n", how.transpose_b ? "t" : "n")};
}

void add_dense(OpCases& cases, std::int64_t rows, std::int64_t cols, std::int64_t depth, DType type,
               int block, Dense how, DType a_type = DType::f32) {
  cases.add(dense_case(rows, cols, depth, type, block, how, a_type));
}

constexpr Dense ways[] = {{false, false}, {true, false}, {false, true}};

OP_CASES("matmul_dense_codes") {
  int turn = 0;
  for (const DType type : packed_types) {
    for (const Dense& way : ways) {
      const int block = std::vector<int>{64, 0, 32, 96}[static_cast<std::size_t>(turn++) % 4];
      add_dense(*this, 9, 133, 77, type, block, way);
      add_dense(*this, 5, 19, 13, type, block, way);
    }
  }
  for (const Dense& way : ways) {
    add_dense(*this, 1, 1, 1, DType::b1, 64, way);
    add_dense(*this, 0, 40, 3, DType::b1, 64, way);
    add_dense(*this, 3, 0, 3, DType::i4, 64, way);
    add_dense(*this, 3, 40, 0, DType::s1, 0, way);
  }
  // The largest tile, which takes seconds to compile.
  add_dense(*this, 66, 200, 70, DType::i4, 64, ways[1]);
  // Sums that are looked up, of whole tiles and odd ones, in both widths.
  add_dense(*this, 40, 200, 70, DType::b1, 128, ways[0]);
  add_dense(*this, 37, 261, 51, DType::s1, 0, ways[1]);
  add_dense(*this, 17, 130, 24, DType::b1, 64, ways[1]);
  add_dense(*this, 3, 70, 300, DType::b1, 64, ways[2]);
  add_dense(*this, 1, 21, 261, DType::s1, 128, ways[2]);
  add_dense(*this, 2, 9, 64, DType::b1, 0, ways[2]);
  add_dense(*this, 10, 65, 129, DType::s1, 32, ways[2]);
  // Many weights: eight rows at a time.
  add_dense(*this, 7, 4100, 260, DType::b1, 64, ways[2]);
  add_dense(*this, 6, 4099, 260, DType::i4, 0, ways[2]);
  // Few and long: in parts along the reduction.
  add_dense(*this, 3, 15, 4133, DType::b1, 64, ways[2]);
  add_dense(*this, 4, 16, 4133, DType::i4, 0, ways[2]);
  add_dense(*this, 2, 12, 4133, DType::s1, 96, ways[2]);
  add_dense(*this, 4, 14, 4133, DType::b1, 0, ways[0]);
  add_dense(*this, 3, 16, 4133, DType::ternary, 0, ways[1]);
}

// Rows of whole texels, of half ones, and others.
OP_CASES("matmul_dense_codes of halves") {
  const auto add_halves = [&](std::int64_t rows, std::int64_t cols, std::int64_t depth, DType type,
                              int block, Dense how) {
    add_dense(*this, rows, cols, depth, type, block, how, DType::f16);
  };
  constexpr int blocks[] = {64, 0, 96};
  const std::vector<Shape> shapes{{9, 133, 77}, {16, 70, 40}, {5, 19, 13}, {12, 37, 20}};
  std::size_t turn = 0;
  for (const DType type : packed_types) {
    for (const Dense& way : ways) {
      const Shape& of = shapes[turn % 4];
      add_halves(of[0], of[1], of[2], type, blocks[turn++ % 3], way);
    }
  }
  for (const Dense& way : ways) {
    add_halves(1, 1, 1, DType::b1, 64, way);
    add_halves(0, 40, 3, DType::b1, 64, way);
    add_halves(3, 0, 3, DType::i4, 64, way);
    add_halves(3, 40, 0, DType::s1, 0, way);
  }
  // Sums that are looked up, and few rows.
  add_halves(9, 60, 70, DType::b1, 64, ways[0]);
  add_halves(9, 60, 72, DType::b1, 64, ways[0]);
  add_halves(7, 61, 51, DType::s1, 0, ways[1]);
  add_halves(8, 60, 24, DType::b1, 64, ways[1]);
  add_halves(3, 20, 300, DType::b1, 64, ways[2]);
  add_halves(4, 21, 328, DType::s1, 32, ways[2]);
  add_halves(4, 65, 328, DType::i4, 64, ways[2]);
  add_halves(1, 21, 261, DType::i2, 128, ways[2]);
  // In parts along the reduction.
  add_halves(4, 16, 4133, DType::i4, 0, ways[2]);
  add_halves(4, 14, 4136, DType::b1, 0, ways[0]);
}

// Halves of all sizes, those without a leading one among them.
OP_CASES("matmul_dense_codes of real halves") {
  const auto with = [&](double scale, DType type, Dense how) {
    OpCase one = dense_case(19, 70, 200, type, 64, how, DType::f16);
    const Input drawn = normal(one.inputs[0].spec.shape, 5);
    one.inputs[0].draw = [=](const Shape& of) {
      Array array = drawn.draw(of);
      for (double& value : array.values)
        value = float_from_half(half_from_float(static_cast<float>(value * scale)));
      return array;
    };
    one.inputs[2] = normal(one.inputs[2].spec.shape, 6);
    one.tolerance = epsilons(16);
    one.label += fmt::format("_times_{}", scale);
    add(std::move(one));
  };
  with(1, DType::i4, ways[0]);
  with(std::exp2(-17), DType::i8, ways[2]);
  with(std::exp2(13), DType::b1, ways[1]);
}

// Values that no half holds: of all magnitudes, growing and fading along the reduction by 2^50, far
// from 1.
OP_CASES("matmul_dense_codes of real values") {
  const auto graded = [](const Shape& shape, double first, double growth, bool along_rows) {
    const Input drawn = normal(shape, 5);
    return Input{drawn.spec, [=](const Shape& of) {
                   Array array = drawn.draw(of);
                   for (std::int64_t i = 0; i < array.count(); ++i) {
                     const std::int64_t k = along_rows ? i / of[1] : i % of[1];
                     array[i] = static_cast<float>(array[i] * first *
                                                   std::exp2(growth * static_cast<double>(k)));
                   }
                   return array;
                 }};
  };
  const auto with = [&](double first, double growth, DType type, int block, Dense how) {
    OpCase one = dense_case(19, 70, 200, type, block, how);
    one.inputs[0] = graded(one.inputs[0].spec.shape, first, growth, how.transpose_a);
    one.inputs[2] = normal(one.inputs[2].spec.shape, 6);
    one.tolerance = epsilons(16);
    one.label += fmt::format("_from_{}_by_{}", std::log2(first), growth);
    add(std::move(one));
  };
  with(1, 0, DType::i4, 64, {false, false});
  with(std::exp2(-60), 0.25, DType::i8, 0, {false, true});
  with(std::exp2(90), -0.25, DType::b1, 64, {true, false});
  with(std::exp2(-100), 0, DType::ternary, 64, {false, true});
}

// Tiles that only large products take by default. Those of CPU drivers take seconds to compile.
TEST(MatmulCodes, EveryTileOfAGpuAgreesWithTheReference) {
  if (test_device().target().is_cpu()) GTEST_SKIP() << "RIDGEBACK_CLASS=gpu runs it";
  for (const OpCase& op_case : {codes_case({35, 197}, 70, DType::b1, DType::b1, {0, 0}),
                                codes_case({35, 197}, 70, DType::i4, DType::i2, {64, 64}),
                                dense_case(35, 270, 45, DType::i4, 64, {false, false}),
                                dense_case(35, 270, 45, DType::b1, 64, {false, true}),
                                dense_case(35, 270, 45, DType::i4, 64, ways[1], DType::f16)}) {
    SCOPED_TRACE(op_case.label);
    check_tiles(op_case);
  }
}

TEST(MatmulCodes, AnyNumberOfPartsAgreesWithTheReference) {
  for (const OpCase& op_case : {dense_case(3, 19, 1031, DType::i4, 96, {false, true}),
                                dense_case(2, 19, 1031, DType::b1, 0, {false, true}),
                                dense_case(3, 19, 1031, DType::i8, 0, {true, false}),
                                dense_case(3, 19, 1031, DType::i4, 96, ways[2], DType::f16)}) {
    SCOPED_TRACE(op_case.label);
    check_tiles(op_case, "parts");
  }
}

// Other variants are tested in the parts of the rule.
TEST(MatmulCodes, AnyNumberOfPartsOfCodesAgreesWithTheReference) {
  for (const OpCase& op_case : {codes_case({3, 2100}, 19, DType::b1, DType::b1, {0, 0}),
                                codes_case({9, 2100}, 19, DType::s1, DType::ternary, {64, 192}),
                                codes_case({3, 1570}, 19, DType::i4, DType::i2, {96, 0}),
                                codes_case({9, 1100}, 37, DType::i4, DType::b1, {0, 0}),
                                codes_case({9, 1100}, 36, DType::i2, DType::ternary, {256, 64})}) {
    SCOPED_TRACE(op_case.label);
    check_tiles(op_case, "parts");
  }
}

// Rows that are one block, with sums that f32 holds: nothing is rounded wherever they are cut.
TEST(MatmulCodes, PartsOfWholeNumbersHaveTheBitsOfTheWhole) {
  for (const auto& [x, w, kernel] :
       {std::tuple{DType::s1, DType::b1, "matmul_bits"}, {DType::i8, DType::i4, "matmul_ints"}}) {
    const CodedMatrix a{input({5, 2100}, x), input({5, 1, 2}), 0};
    const CodedMatrix b{input({18, 2100}, w), input({18, 1, 2}), 0};
    const Tensor y = quant::matmul_codes(a, b);
    const auto result = [&](const std::string& parts) {
      CompileOptions options{.guards = true};
      options.forced.emplace(fmt::format("{}/parts", kernel), parts);
      Executable e = compile(test_device(), {y}, {}, options);
      EXPECT_EQ(e.program().launches.back().dispatch.kernel == "add_parts", parts != "1");
      e.set_bytes(a.codes, encode(codes({5, 2100}, x, 1).draw({5, 2100}), x));
      e.set_bytes(b.codes, encode(codes({18, 2100}, w, 2).draw({18, 2100}), w));
      const std::vector<float> of_a{1, 0, 2, 0, 0.5, 0, -1, 0, 4, 0};
      e.set_bytes(a.factors, std::as_bytes(std::span(of_a)));
      std::vector<float> of_b;
      for (int i = 0; i < 18; ++i) of_b.insert(of_b.end(), {i % 2 == 0 ? 1.0F : -2.0F, 0.0F});
      e.set_bytes(b.factors, std::as_bytes(std::span(of_b)));
      e.run();
      e.check_guards();
      return e.get_bytes(y);
    };
    const std::vector<std::byte> whole = result("1");
    for (const char* parts : {"2", "3"}) EXPECT_EQ(result(parts), whole) << kernel << " " << parts;
  }
}

// What follows a product is done where its parts are added, once.
TEST(MatmulCodes, PartsAreAddedBeforeWhatFollows) {
  for (const DType type : {DType::b1, DType::i4}) {
    OpCase op_case = codes_case({3, 2100}, 19, type, type, {64, 64});
    op_case.inputs.push_back(integers({19}, -8, 8));
    const auto product = op_case.graph;
    const auto reference = op_case.reference;
    op_case.graph = [=](const std::vector<Tensor>& in) {
      return relu(product({in[0], in[1], in[2], in[3]})[0] + in[4]);
    };
    op_case.reference = [=](const std::vector<Array>& in) {
      Array y = reference({in[0], in[1], in[2], in[3]})[0];
      for (std::int64_t i = 0; i < y.count(); ++i) y[i] = std::max(y[i] + in[4][i % 19], 0.0);
      return y;
    };
    check_tiles(op_case, "parts");
  }
}

TEST(MatmulCodes, LeadingAxesAreRows) {
  const Tensor x = input({2, 3, 64}, DType::b1);
  const Tensor w = input({5, 64}, DType::b1);
  const Tensor y = quant::matmul_codes({x, input({6, 1, 2}), 64}, {w, input({5, 1, 2}), 0});
  EXPECT_EQ(y.shape(), (Shape{2, 3, 5}));
  const Tensor dy = input({2, 3, 5});
  EXPECT_EQ(quant::matmul_dense_codes(dy, {w, input({5, 1, 2}), 0}).shape(), (Shape{2, 3, 64}));
  EXPECT_EQ(quant::matmul_dense_codes_transposed(dy, {x, input({6, 1, 2}), 0}).shape(),
            (Shape{5, 64}));
  EXPECT_EQ(quant::matmul_dense_codes_rows(input({2, 64}), {w, input({5, 1, 2}), 0}).shape(),
            (Shape{2, 5}));
}

TEST(MatmulCodes, RefusesWhatDoesNotFit) {
  const CodedMatrix x{input({4, 256}, DType::b1), input({4, 4, 2}), 64};
  const auto w = [](std::int64_t cols, std::int64_t blocks_of_row, int block) {
    return CodedMatrix{input({5, cols}, DType::b1), input({5, blocks_of_row, 2}), block};
  };
  EXPECT_NO_THROW((void)quant::matmul_codes(x, w(256, 2, 128)));
  EXPECT_THROW((void)quant::matmul_codes(x, w(256, 3, 96)), InvalidArgument);  // do not nest
  EXPECT_THROW((void)quant::matmul_codes(x, w(128, 2, 64)), InvalidArgument);  // columns
  EXPECT_THROW((void)quant::matmul_codes(x, w(256, 3, 64)), InvalidArgument);  // factors
  EXPECT_THROW((void)quant::matmul_codes(x, w(256, 8, 33)), InvalidArgument);  // odd block
  EXPECT_THROW((void)quant::matmul_codes({input({4, 256}), x.factors, 64}, x), InvalidArgument);
  EXPECT_THROW((void)quant::matmul_dense_codes(input({3, 5}), x), InvalidArgument);
  EXPECT_THROW((void)quant::matmul_dense_codes(input({3, 4}, DType::i32), x), InvalidArgument);
  EXPECT_THROW((void)quant::matmul_dense_codes_transposed(input({5, 4}), x), InvalidArgument);
}

TEST(ProductTiles, LanesNeverStraddleABlock) {
  Target cpu;
  cpu.limits.subgroup_size = 8;
  for (const DType x : packed_types) {
    for (const DType w : packed_types) {
      for (std::int64_t block = 32; block <= 1024; block += 32) {
        const auto t = quant::codes_tiles(cpu, x, w, {100, 100, 5000, block});
        const std::int64_t unit = bits_of(x) == 2 && x != DType::ternary ? 16
                                  : x == DType::i4                       ? 8
                                  : x == DType::i8                       ? 4
                                                                         : 32;
        const std::int64_t step = unit * t.lanes;
        EXPECT_TRUE(t.block_chunks > 0 ? step % block == 0 : block % step == 0)
            << name(x) << " " << name(w) << " " << block;
      }
    }
  }
}

TEST(ProductTiles, BlocksThatCouldOverflowAreRefused) {
  const Target target;
  const quant::ProductShape shape{1, 1, 131072, 131072};
  EXPECT_THROW((void)quant::codes_tiles(target, DType::i8, DType::i8, shape), Unsupported);
  EXPECT_EQ(quant::codes_tiles(target, DType::i8, DType::i8, {1, 1, 131071, 131071}).flush, 1024U);
  EXPECT_EQ(quant::codes_tiles(target, DType::i4, DType::b1, shape).flush, 0U);
}

TEST(ProductTiles, SmallSubgroupsHandNothingRound) {
  Target cpu;
  cpu.limits.subgroup_size = 1;
  const auto t = quant::dense_codes_tiles(cpu, DType::f32, DType::i4, false, {100, 100, 100, 100});
  EXPECT_EQ(t.variants, std::vector<std::string>{"baseline"});
}

}  // namespace
}  // namespace ridgeback::test
