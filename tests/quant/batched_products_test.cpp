// SPDX-License-Identifier: Apache-2.0
// Products of codes whose operands have leading axes in common: one product for each.
#include "ridgeback/core/error.hpp"
#include "ridgeback/core/shape.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/quant/product_tiles.hpp"
#include "ridgeback/quant/products.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <gtest/gtest.h>

#include "harness/codes.hpp"
#include "harness/device.hpp"
#include "harness/op_case.hpp"
#include "harness/run_case.hpp"
#include "reference/matmul.hpp"

namespace ridgeback::test {
namespace {

using quant::CodedMatrix;

struct Extents {
  std::int64_t batches, rows, cols, depth;
};

std::string text(const Extents& e) {
  return fmt::format("{}of{}x{}x{}", e.batches, e.rows, e.cols, e.depth);
}

struct Blocks {
  int x, w;
};

// Factors are matrices of all batches.
OpCase codes_case(const Extents& e, DType x_type, DType w_type, Blocks block) {
  return {.inputs = {codes({e.batches, e.rows, e.depth}, x_type, 1),
                     factors(e.batches * e.rows, e.depth, block.x, 2),
                     codes({e.batches, e.cols, e.depth}, w_type, 3),
                     factors(e.batches * e.cols, e.depth, block.w, 4)},
          .graph =
              [=](auto in) {
                return quant::matmul_codes({in[0], in[1], block.x}, {in[2], in[3], block.w}, 1);
              },
          .reference =
              [=](const std::vector<Array>& in) {
                return reference::matmul(dequantized(in[0], in[1], block.x),
                                         dequantized(in[2], in[3], block.w), false, true);
              },
          .tolerance = x_type == DType::i8 || w_type == DType::i8 ? epsilons(16) : exact(),
          .label =
              fmt::format("{}_{}_{}_{}_{}", text(e), name(x_type), name(w_type), block.x, block.w)};
}

OP_CASES("matmul_codes in batches") {
  struct Types {
    DType x, w;
  };
  constexpr Types pairs[] = {{DType::b1, DType::b1},      {DType::s1, DType::s1},
                             {DType::s1, DType::ternary}, {DType::ternary, DType::b1},
                             {DType::i2, DType::i2},      {DType::i4, DType::i4},
                             {DType::i4, DType::b1},      {DType::i8, DType::i4},
                             {DType::ternary, DType::i2}, {DType::b1, DType::i8}};
  constexpr Blocks turns[] = {{64, 64}, {0, 0}, {96, 96}, {32, 64}, {0, 64}};
  std::size_t turn = 0;
  for (const Types& types : pairs) {
    add(codes_case({3, 9, 21, 197}, types.x, types.w, turns[turn % 5]));
    // A head's values fill no word.
    add(codes_case({2, 5, 5, 20}, types.x, types.w, turns[++turn % 5]));
  }
  for (const DType type : {DType::b1, DType::i4}) {
    add(codes_case({1, 5, 19, 40}, type, type, {64, 64}));
    add(codes_case({0, 3, 4, 40}, type, type, {64, 64}));
    add(codes_case({2, 0, 4, 40}, type, type, {64, 64}));
    add(codes_case({2, 3, 0, 40}, type, type, {64, 64}));
    add(codes_case({2, 3, 4, 0}, type, type, {64, 0}));
  }
}

struct Dense {
  bool transpose_a, transpose_b;
};

constexpr Dense ways[] = {{false, false}, {true, false}, {false, true}};

Tensor dense_product(const Tensor& a, const CodedMatrix& b, Dense how, int batch_axes) {
  if (how.transpose_a) return quant::matmul_dense_codes_transposed(a, b, batch_axes);
  return how.transpose_b ? quant::matmul_dense_codes_rows(a, b, batch_axes)
                         : quant::matmul_dense_codes(a, b, batch_axes);
}

OpCase dense_case(const Extents& e, DType type, int block, Dense how, DType a_type = DType::f32) {
  const Shape stored = how.transpose_b ? Shape{e.batches, e.cols, e.depth}  //
                                       : Shape{e.batches, e.depth, e.cols};
  const Shape a = how.transpose_a ? Shape{e.batches, e.depth, e.rows}  //
                                  : Shape{e.batches, e.rows, e.depth};
  return {.inputs = {integers(a, -8, 8, a_type), codes(stored, type, 1),
                     factors(stored[0] * stored[1], stored[2], block, 2)},
          .graph =
              [=](auto in) {
                return dense_product(in[0], {in[1], in[2], block}, how, 1);
              },
          .reference =
              [=](const std::vector<Array>& in) {
                return reference::matmul(in[0], dequantized(in[1], in[2], block), how.transpose_a,
                                         how.transpose_b);
              },
          .tolerance = exact(),
          .label = fmt::format("{}_{}_{}_{}_{}{}", text(e), name(a_type), name(type), block,
                               how.transpose_a ? "t" : "n", how.transpose_b ? "t" : "n")};
}

OP_CASES("matmul_dense_codes in batches") {
  std::size_t turn = 0;
  constexpr int blocks[] = {64, 0, 32, 96};
  for (const DType type : packed_types) {
    for (const Dense& way : ways) {
      add(dense_case({3, 9, 73, 37}, type, blocks[turn % 4], way));
      // Rows of whole texels, and a head's values that fill no word.
      add(dense_case({2, 12, 20, 12}, type, blocks[++turn % 4], way));
    }
  }
  for (const Dense& way : ways) {
    add(dense_case({1, 9, 19, 13}, DType::i4, 64, way));
    add(dense_case({0, 3, 40, 3}, DType::b1, 64, way));
    add(dense_case({2, 0, 40, 3}, DType::b1, 64, way));
    add(dense_case({2, 3, 0, 3}, DType::i4, 64, way));
    add(dense_case({2, 3, 40, 0}, DType::s1, 0, way));
  }
}

OP_CASES("matmul_dense_codes of halves in batches") {
  std::size_t turn = 0;
  constexpr DType types[] = {DType::b1, DType::i4, DType::ternary};
  for (const Dense& way : ways) {
    add(dense_case({3, 9, 73, 37}, types[turn % 3], 64, way, DType::f16));
    add(dense_case({2, 16, 20, 24}, types[++turn % 3], 0, way, DType::f16));
    add(dense_case({2, 3, 40, 0}, DType::s1, 0, way, DType::f16));
    add(dense_case({0, 3, 40, 5}, DType::s1, 0, way, DType::f16));
  }
}

// Bits of outputs, one after the other, from these values of inputs.
std::vector<std::byte> bits(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs,
                            const std::vector<Array>& values, const Forced& forced) {
  std::vector<std::byte> all;
  for (const std::vector<std::byte>& one : run_once(outputs, inputs, values, forced))
    all.insert(all.end(), one.begin(), one.end());
  return all;
}

// Part `index` of `count` equal ones along the first axis.
Array part(const Array& whole, std::int64_t index, std::int64_t count) {
  const std::int64_t length = whole.count() / count;
  const auto first = whole.values.begin() + index * length;
  return {whole.shape.with(0, whole.shape[0] / count), {first, first + length}};
}

// A case whose inputs are one batch after the other against its batches alone, to the bit.
void expect_bits_of_single_products(OpCase op_case, std::int64_t batches, const Forced& forced) {
  SCOPED_TRACE(op_case.label);
  for (Input& in : op_case.inputs) {
    if (in.spec.dtype == DType::f32) in = normal(in.spec.shape, 7);
  }
  const std::vector<Array> values = draw_inputs(op_case);
  const std::vector<Tensor> inputs = graph_inputs(op_case);
  std::vector<Tensor> singles, single_inputs;
  std::vector<Array> single_values;
  for (std::int64_t b = 0; b < batches; ++b) {
    std::vector<Tensor> of_one;
    for (const Array& value : values) {
      single_values.push_back(part(value, b, batches));
      of_one.push_back(input(single_values.back().shape, inputs[of_one.size()].dtype()));
    }
    singles.push_back(op_case.graph(of_one)[0]);
    single_inputs.insert(single_inputs.end(), of_one.begin(), of_one.end());
  }
  EXPECT_EQ(bits(op_case.graph(inputs), inputs, values, forced),
            bits(singles, single_inputs, single_values, forced));
}

TEST(BatchedProducts, HaveTheBitsOfSingleProducts) {
  expect_bits_of_single_products(codes_case({3, 9, 21, 197}, DType::b1, DType::b1, {64, 64}), 3,
                                 {});
  expect_bits_of_single_products(codes_case({3, 9, 35, 197}, DType::i4, DType::b1, {64, 0}), 3, {});
  for (const Dense& way : ways) {
    expect_bits_of_single_products(dense_case({3, 9, 73, 37}, DType::i4, 64, way), 3,
                                   {"matmul_dense_codes", "baseline"});
    expect_bits_of_single_products(dense_case({3, 9, 73, 37}, DType::i4, 64, way, DType::f16), 3,
                                   {"matmul_dense_codes", "baseline"});
  }
}

// Every sum is exact, in whichever order.
TEST(BatchedProducts, SumsMayBeMadeInParts) {
  struct Case {
    OpCase op_case;
    std::string parts;
  };
  const Case cases[] = {
      {dense_case({2, 3, 19, 515}, DType::i4, 0, {false, true}), "matmul_dense_codes/parts"},
      {dense_case({3, 3, 19, 515}, DType::b1, 0, {true, false}), "matmul_dense_codes/parts"},
      {codes_case({3, 5, 19, 1100}, DType::b1, DType::b1, {64, 0}), "matmul_bits/parts"},
      {codes_case({2, 3, 19, 515}, DType::i4, DType::i2, {0, 0}), "matmul_ints/parts"}};
  for (const auto& [op_case, parts] : cases) {
    SCOPED_TRACE(op_case.label);
    const std::vector<Array> values = draw_inputs(op_case);
    const std::vector<Tensor> inputs = graph_inputs(op_case), outputs = op_case.graph(inputs);
    CompileOptions options;
    options.forced.emplace(parts, "2");
    const Program program = plan(test_device().target(), outputs, {}, options);
    EXPECT_EQ(program.launches.back().dispatch.kernel, "add_parts");
    const auto got = bits(outputs, inputs, values, {parts, "2"});
    EXPECT_EQ(got, encode(op_case.reference(values)[0], DType::f32));
  }
}

// Large enough for the tiles of heads of attention, with the default variants alone: others of such
// tiles take seconds to compile.
TEST(BatchedProducts, NarrowHeadsAgreeWithTheReference) {
  for (const OpCase& op_case : {codes_case({40, 17, 45, 40}, DType::b1, DType::b1, {64, 64}),
                                codes_case({40, 17, 45, 40}, DType::i4, DType::i4, {64, 64}),
                                dense_case({40, 33, 20, 41}, DType::i4, 64, ways[0]),
                                dense_case({40, 33, 20, 41}, DType::b1, 64, ways[1]),
                                dense_case({40, 33, 41, 20}, DType::i4, 64, ways[2])}) {
    SCOPED_TRACE(op_case.label);
    const std::vector<Array> values = draw_inputs(op_case);
    const std::vector<Tensor> inputs = graph_inputs(op_case);
    const std::vector<Array> got = run_guarded(op_case.graph(inputs), inputs, values, {}, {});
    EXPECT_EQ(got[0].values, op_case.reference(values)[0].values);
  }
}

TEST(BatchedProducts, AxesAfterThoseOfBatchesAreRows) {
  const CodedMatrix x{input({2, 3, 4, 5, 64}, DType::b1), input({120, 1, 2}), 64};
  const CodedMatrix w{input({2, 3, 7, 64}, DType::i4), input({42, 1, 2}), 0};
  EXPECT_EQ(quant::matmul_codes(x, w, 2).shape(), (Shape{2, 3, 4, 5, 7}));
  const Tensor dy = input({2, 3, 4, 5, 7});
  EXPECT_EQ(quant::matmul_dense_codes(dy, w, 2).shape(), (Shape{2, 3, 4, 5, 64}));
  EXPECT_EQ(quant::matmul_dense_codes_transposed(dy, x, 2).shape(), (Shape{2, 3, 7, 64}));
  EXPECT_EQ(quant::matmul_dense_codes_rows(input({2, 3, 4, 5, 64}), w, 2).shape(),
            (Shape{2, 3, 4, 5, 7}));
  // Of two axes of batches and two of rows, as of one each.
  OpCase flat = codes_case({6, 20, 7, 64}, DType::b1, DType::i4, {64, 0});
  const std::vector<Array> values = draw_inputs(flat);
  const std::vector<Tensor> flat_inputs = graph_inputs(flat);
  std::vector<Array> shaped = values;
  shaped[0].shape = x.codes.shape();
  shaped[2].shape = w.codes.shape();
  EXPECT_EQ(
      bits({quant::matmul_codes(x, w, 2)}, {x.codes, x.factors, w.codes, w.factors}, shaped, {}),
      bits(flat.graph(flat_inputs), flat_inputs, values, {}));
}

TEST(BatchedProducts, RefusesWhatDoesNotFit) {
  const auto coded = [](const Shape& shape) {
    return CodedMatrix{input(shape, DType::b1), input({shape.count() / shape[-1], 1, 2}), 0};
  };
  const CodedMatrix x = coded({2, 3, 64}), w = coded({2, 5, 64});
  EXPECT_NO_THROW((void)quant::matmul_codes(x, w, 1));
  EXPECT_THROW((void)quant::matmul_codes(x, w, -1), InvalidArgument);
  EXPECT_THROW((void)quant::matmul_codes(x, w, 2), InvalidArgument);  // rows differ
  EXPECT_THROW((void)quant::matmul_codes(x, x, 3), InvalidArgument);  // no axis is left
  EXPECT_THROW((void)quant::matmul_codes(x, coded({3, 5, 64}), 1), InvalidArgument);
  EXPECT_THROW((void)quant::matmul_codes(x, coded({1, 5, 64}), 1), InvalidArgument);  // no repeats
  EXPECT_THROW((void)quant::matmul_codes({x.codes, input({3, 1, 2}), 0}, w, 1), InvalidArgument);
  EXPECT_THROW((void)quant::matmul_dense_codes(input({3, 4, 5}), w, 1), InvalidArgument);
  EXPECT_THROW((void)quant::matmul_dense_codes(input({2, 4, 10}), w, 1), InvalidArgument);
  EXPECT_THROW((void)quant::matmul_dense_codes(input({5}), w, 1), InvalidArgument);
  EXPECT_THROW((void)quant::matmul_dense_codes_transposed(input({2, 10, 4}), w, 1),
               InvalidArgument);
  EXPECT_THROW((void)quant::matmul_dense_codes_rows(input({2, 4, 32}), w, 1), InvalidArgument);
}

TEST(BatchedProducts, AreNotOfferedVariantsThatMakeOneProduct) {
  Target cpu = null_target();
  cpu.device_class = DeviceClass::cpu;
  cpu.limits.subgroup_size = 8;
  Target gpu = null_target();
  gpu.forced["matrix_unit/int8"] = "16x16x32";
  gpu.forced["matrix_unit/half"] = "16x16x16";
  const auto has = [](const quant::ProductTiles& tiles, const char* variant) {
    return std::ranges::count(tiles.variants, variant) > 0;
  };
  for (const std::int64_t batches : {1, 2}) {
    const quant::ProductShape large{64, 64, 64, 64, batches}, few{4, 64, 64, 64, batches};
    const bool one = batches == 1;
    EXPECT_EQ(has(quant::codes_tiles(cpu, DType::i4, DType::b1, large), "lookup"), one);
    EXPECT_EQ(has(quant::dense_codes_tiles(cpu, DType::f32, DType::b1, false, large), "lookup"),
              one);
    EXPECT_EQ(has(quant::dense_codes_tiles(cpu, DType::f32, DType::i4, true, few), "few_rows"),
              one);
    if (!gpu.has("matmul_ints", "coopmat")) continue;
    EXPECT_EQ(has(quant::codes_tiles(gpu, DType::i4, DType::i4, large), "coopmat"), one);
    EXPECT_EQ(has(quant::dense_codes_tiles(gpu, DType::f32, DType::i4, false, large), "coopmat"),
              one);
    EXPECT_FALSE(
        has(quant::dense_codes_tiles(gpu, DType::f16, DType::i4, false, large), "coopmat"));
  }
  EXPECT_EQ(quant::codes_tiles(gpu, DType::b1, DType::b1, {8, 64, 64, 64, 5}).groups,
            5 * quant::codes_tiles(gpu, DType::b1, DType::b1, {8, 64, 64, 64}).groups);
}

// What lies outside of a tile is computed too.
TEST(BatchedProducts, TilesOfNarrowHeadsAreAsWideAsTheHead) {
  Target cpu = null_target();
  cpu.device_class = DeviceClass::cpu;
  cpu.limits.subgroup_size = 8;
  for (const std::int64_t cols : {16, 32, 64}) {
    const auto tiles =
        quant::dense_codes_tiles(cpu, DType::f32, DType::i4, false, {128, cols, 128, cols, 64});
    EXPECT_EQ(tiles.local_size * tiles.cols, cols);
    EXPECT_EQ(tiles.rows, 32U);
    const auto of_gpu = quant::dense_codes_tiles(null_target(), DType::f32, DType::i4, false,
                                                 {128, cols, 128, cols, 64});
    EXPECT_EQ(of_gpu.cols, 1U);
    EXPECT_EQ(of_gpu.groups, 64 * ceil_div(128, of_gpu.rows));
  }
}

}  // namespace
}  // namespace ridgeback::test
