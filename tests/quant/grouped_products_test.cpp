// SPDX-License-Identifier: Apache-2.0
// Products of codes whose rows, or terms, are in groups that are known at run time.
#include "ridgeback/core/error.hpp"
#include "ridgeback/core/shape.hpp"
#include "ridgeback/graph/dump.hpp"
#include "ridgeback/graph/pass.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/gradient.hpp"
#include "ridgeback/ops/layout.hpp"
#include "ridgeback/ops/matmul.hpp"
#include "ridgeback/quant/product_tiles.hpp"
#include "ridgeback/quant/products.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "harness/codes.hpp"
#include "harness/count_text.hpp"
#include "harness/device.hpp"
#include "harness/op_case.hpp"
#include "harness/quant_case.hpp"
#include "harness/run_case.hpp"
#include "reference/matmul.hpp"

namespace ridgeback::test {
namespace {

using quant::CodedMatrix;

using Ends = std::vector<double>;

// Groups that begin amid tiles, that are empty, and rows of none; one that has all; none at all.
const std::vector<Ends> many_ends{{3, 3, 20, 33}, {0, 37, 37}, {37}, {5, 6, 7, 37}, {0}};

Input given(const Ends& ends) {
  return exactly({static_cast<std::int64_t>(ends.size())}, ends, DType::i32);
}

std::int64_t groups_of(const Ends& ends) {
  return static_cast<std::int64_t>(ends.size());
}

struct Sizes {
  std::int64_t rows, cols, depth;
};

std::string text(const Sizes& s, const Ends& ends) {
  return fmt::format("{}x{}x{}_{}", s.rows, s.cols, s.depth, fmt::join(ends, "_"));
}

struct Coding {
  DType x, w;
  int x_block, w_block;
};

OpCase codes_case(const Sizes& s, const Ends& ends, const Coding& c) {
  return {.inputs = {codes({s.rows, s.depth}, c.x, 1), factors(s.rows, s.depth, c.x_block, 2),
                     codes({groups_of(ends), s.cols, s.depth}, c.w, 3),
                     factors(groups_of(ends) * s.cols, s.depth, c.w_block, 4), given(ends)},
          .graph =
              [=](auto in) {
                return quant::grouped_matmul_codes({in[0], in[1], c.x_block},
                                                   {in[2], in[3], c.w_block}, in[4]);
              },
          .reference =
              [=](const std::vector<Array>& in) {
                return reference::grouped_matmul(dequantized(in[0], in[1], c.x_block),
                                                 dequantized(in[2], in[3], c.w_block), in[4], true);
              },
          .tolerance = c.x == DType::i8 || c.w == DType::i8 ? epsilons(16) : exact(),
          .label = fmt::format("{}_{}_{}_{}_{}", text(s, ends), name(c.x), name(c.w), c.x_block,
                               c.w_block)};
}

OP_CASES("grouped_matmul_codes") {
  constexpr Coding codings[] = {
      {DType::b1, DType::b1, 64, 64},      {DType::s1, DType::ternary, 0, 0},
      {DType::i4, DType::i4, 0, 64},       {DType::i4, DType::b1, 96, 96},
      {DType::i8, DType::i2, 32, 64},      {DType::b1, DType::i8, 64, 0},
      {DType::ternary, DType::b1, 32, 32},
  };
  std::size_t turn = 0;
  for (const Coding& coding : codings) {
    add(codes_case({37, 21, 197}, many_ends[turn % 4], coding));
    add(codes_case({37, 24, 64}, many_ends[++turn % 4], coding));
  }
  for (const DType type : {DType::b1, DType::i4}) {
    for (const Ends& ends : many_ends) add(codes_case({37, 21, 197}, ends, {type, type, 64, 64}));
    for (const Sizes& none : std::vector<Sizes>{{0, 4, 40}, {4, 0, 40}, {4, 3, 0}})
      add(codes_case(none, {0, 2}, {type, type, 64, none.depth == 0 ? 0 : 64}));
  }
}

struct Way {
  bool terms, transpose_b;
};

constexpr Way ways[] = {{false, false}, {false, true}, {true, false}};

// rows: of each result; depth: of terms, all of them.
OpCase dense_case(const Sizes& s, const Ends& ends, DType type, int block, Way how,
                  DType a_type = DType::f32) {
  const Shape a = how.terms ? Shape{s.depth, s.rows} : Shape{s.rows, s.depth};
  const Shape b = how.terms         ? Shape{s.depth, s.cols}
                  : how.transpose_b ? Shape{groups_of(ends), s.cols, s.depth}
                                    : Shape{groups_of(ends), s.depth, s.cols};
  return {.inputs = {integers(a, -8, 8, a_type), codes(b, type, 1),
                     factors(b.count(0, b.rank() - 1), b[-1], block, 2), given(ends)},
          .graph = [=](const std::vector<Tensor>& in) -> Tensor {
            const CodedMatrix coded{in[1], in[2], block};
            if (how.terms) return quant::grouped_matmul_dense_codes_transposed(in[0], coded, in[3]);
            return how.transpose_b ? quant::grouped_matmul_dense_codes_rows(in[0], coded, in[3])
                                   : quant::grouped_matmul_dense_codes(in[0], coded, in[3]);
          },
          .reference = [=](const std::vector<Array>& in) -> Array {
            const Array b_hat = dequantized(in[1], in[2], block);
            return how.terms ? reference::grouped_matmul_transposed(in[0], b_hat, in[3])
                             : reference::grouped_matmul(in[0], b_hat, in[3], how.transpose_b);
          },
          .tolerance = exact(),
          .label = fmt::format("{}_{}_{}_{}_{}{}", text(s, ends), name(a_type), name(type), block,
                               how.terms ? "terms" : "rows", how.transpose_b ? "_t" : "")};
}

OP_CASES("grouped_matmul_dense_codes") {
  std::size_t turn = 0;
  constexpr int blocks[] = {64, 0, 32};
  for (const DType type : packed_types) {
    for (const Way& way : ways) {
      add(dense_case(way.terms ? Sizes{9, 73, 37} : Sizes{37, 19, 73}, many_ends[turn % 4], type,
                     blocks[turn % 3], way));
      ++turn;
    }
  }
  for (const Way& way : ways) {
    for (const Ends& ends : many_ends) {
      // Rows of whole texels.
      add(dense_case(way.terms ? Sizes{12, 72, 37} : Sizes{37, 20, 72}, ends, DType::i4, 64, way));
    }
    add(dense_case({0, 40, 3}, {0, 2}, DType::b1, 64, way));
    add(dense_case({3, 0, 3}, {0, 2}, DType::s1, 0, way));
    add(dense_case({3, 40, 0}, {0, 0}, DType::i4, 0, way));
  }
}

OP_CASES("grouped_matmul_dense_codes of halves") {
  for (const Way& way : ways) {
    add(dense_case(way.terms ? Sizes{9, 73, 37} : Sizes{37, 19, 73}, many_ends[0], DType::i4, 64,
                   way, DType::f16));
    add(dense_case(way.terms ? Sizes{16, 72, 37} : Sizes{37, 20, 72}, many_ends[3], DType::b1, 0,
                   way, DType::f16));
  }
}

// Tiles and stores of large products, in the default variants alone.
TEST(GroupedProducts, LargeTilesAgreeWithTheReference) {
  const Ends ends{70, 149};
  constexpr Coding bits{DType::b1, DType::b1, 64, 64};
  // Columns that are stored eight, four and two at a time.
  for (const OpCase& c :
       {codes_case({150, 72, 64}, ends, bits), codes_case({150, 68, 64}, ends, bits),
        codes_case({150, 70, 64}, ends, bits),
        codes_case({150, 70, 64}, ends, {DType::i4, DType::i4, 64, 64}),
        dense_case({150, 70, 65}, ends, DType::i4, 64, ways[1]),
        dense_case({70, 66, 150}, ends, DType::b1, 64, ways[2])}) {
    SCOPED_TRACE(c.label);
    const std::vector<Array> values = draw_inputs(c);
    const std::vector<Tensor> inputs = graph_inputs(c);
    const std::vector<Array> got = run_guarded(c.graph(inputs), inputs, values, {}, {});
    EXPECT_EQ(got[0].values, c.reference(values)[0].values);
  }
}

// Nothing outside of the operands is written, whatever the ends are.
TEST(GroupedProducts, EndsThatMakeNoSenseStayInBounds) {
  for (const Ends& ends : {Ends{-5, 2147483647.0, 12}, Ends{37, 36, 37}, Ends{30, 10, 20}}) {
    for (const OpCase& c : {codes_case({37, 21, 197}, ends, {DType::b1, DType::b1, 64, 64}),
                            codes_case({37, 21, 197}, ends, {DType::i4, DType::i4, 64, 64}),
                            dense_case({37, 20, 72}, ends, DType::i4, 64, ways[0]),
                            dense_case({12, 72, 37}, ends, DType::i4, 64, ways[2])}) {
      const std::vector<Tensor> inputs = graph_inputs(c), outputs = c.graph(inputs);
      const std::vector<Array> values = draw_inputs(c);
      for (const Forced& forced : choices(outputs))
        EXPECT_EQ(run_once(outputs, inputs, values, forced).size(), 1U);
    }
  }
}

TEST(GroupedProducts, SumsMayBeMadeInParts) {
  check_tiles(codes_case({11, 19, 1100}, {4, 4, 9}, {DType::b1, DType::b1, 64, 0}), "parts");
  check_tiles(codes_case({11, 19, 515}, {4, 4, 9}, {DType::i4, DType::i2, 0, 0}), "parts");
  check_tiles(dense_case({11, 19, 515}, {4, 4, 9}, DType::i4, 0, ways[1]), "parts");
  check_tiles(dense_case({3, 19, 1031}, {100, 100, 700}, DType::b1, 0, ways[2]), "parts");
}

// A row has the bits that it has in its group's product alone.
TEST(GroupedProducts, HaveTheBitsOfSingleProducts) {
  const Ends ends{5, 5, 19, 37};
  const Tensor w = input({4, 24, 96}), ends_tensor = input({4}, DType::i32);
  const Tensor x = input({37, 96});
  const auto hat = [](const Tensor& value) {
    return quant::denoise(value, {.bits = 1, .group = quant::Group::blocks(32)});
  };
  const Tensor grouped = grouped_matmul(hat(x), transpose(hat(w)), ends_tensor);
  std::vector<Tensor> outputs{grouped};
  std::int64_t begin = 0;
  for (std::int64_t g = 0; g < 4; ++g) {
    const auto end = static_cast<std::int64_t>(ends[static_cast<std::size_t>(g)]);
    const Tensor own = reshape(slice(w, 0, g, g + 1), {24, 96});
    outputs.push_back(matmul(hat(slice(x, 0, begin, end)), transpose(hat(own))));
    begin = end;
  }
  Executable e = compile(test_device(), outputs, {}, {.guards = true});
  e.set_bytes(x, encode({x.shape(), draw(x.shape().count(), 1)}, DType::f32));
  e.set_bytes(w, encode({w.shape(), draw(w.shape().count(), 2)}, DType::f32));
  e.set_bytes(ends_tensor, encode({Shape{4}, ends}, DType::i32));
  e.run();
  e.check_guards();
  std::vector<std::byte> singles;
  for (std::size_t i = 1; i < outputs.size(); ++i) {
    const std::vector<std::byte> one = e.get_bytes(outputs[i]);
    singles.insert(singles.end(), one.begin(), one.end());
  }
  EXPECT_EQ(e.get_bytes(grouped), singles);
}

// A layer of experts by the method: all three of its products read codes, and give what they give
// when they are simulated in floats.
TEST(GroupedProducts, OfDenoisedValuesReadCodes) {
  struct Setting {
    quant::Perturbation x, w;
    bool by_columns = false;  // weights [G, K, N]
  };
  const std::vector<Setting> settings{
      {{.bits = 1}, {.bits = 1, .sparsity = quant::n_of_m(2, 4)}},
      {{.bits = 4}, {.bits = 1, .codebook = quant::Codebook::sign_mean}},
      {{.bits = 8, .group = quant::Group::channel()}, {.bits = 4}, true}};
  for (const Setting& s : settings) {
    SCOPED_TRACE(fmt::format("{} by {}", quant::text(s.x), quant::text(s.w)));
    const Tensor x = input({37, 70}), ends = input({3}, DType::i32), dy = input({37, 11});
    const Tensor w = s.by_columns ? input({3, 70, 11}) : input({3, 11, 70});
    const Tensor x_hat = quant::denoise(x, s.x), w_hat = quant::denoise(w, s.w);
    const Tensor y = grouped_matmul(x_hat, s.by_columns ? w_hat : transpose(w_hat), ends);
    const std::vector<Tensor> grads = gradient(y * dy, {x, w});
    const std::vector<Tensor> outputs{y, grads[0], grads[1]};
    const std::string dumped = dump(optimize({outputs, {}}));
    EXPECT_EQ(count(dumped, "= grouped_matmul_codes("), s.by_columns ? 0U : 1U) << dumped;
    EXPECT_EQ(count(dumped, "= grouped_matmul_dense_codes("), 2U) << dumped;
    std::vector<std::vector<Array>> runs;
    for (const bool simulate : {false, true}) {
      CompileOptions options{.guards = true};
      if (simulate) options.disabled_passes = {"pack_products"};
      Executable e = compile(test_device(), outputs, {}, options);
      std::uint64_t seed = 1;
      for (const Tensor& in : {x, w, dy})
        e.set_bytes(in, encode({in.shape(), draw(in.shape().count(), seed++)}, DType::f32));
      e.set_bytes(ends, encode({Shape{3}, {8, 8, 30}}, DType::i32));
      e.run();
      e.check_guards();
      std::vector<Array>& results = runs.emplace_back();
      for (const Tensor& out : outputs) results.push_back(decode(out.spec(), e.get_bytes(out)));
    }
    for (std::size_t i = 0; i < outputs.size(); ++i)
      EXPECT_TRUE(near_largest(runs[0][i].values, runs[1][i].values, 1e-5)) << "output " << i;
  }
}

TEST(GroupedProducts, AreNotOfferedVariantsThatMakeOneProduct) {
  Target cpu = null_target();
  cpu.device_class = DeviceClass::cpu;
  cpu.limits.subgroup_size = 8;
  for (const std::int64_t groups : {1, 5}) {
    const quant::ProductShape shape{8, 64, 64, 64, groups, Groups::rows, 8 * groups};
    const auto lookup = quant::codes_tiles(cpu, DType::i4, DType::b1, shape);
    EXPECT_EQ(std::ranges::count(lookup.variants, "lookup"), 0);
    const auto few = quant::dense_codes_tiles(cpu, DType::f32, DType::i4, true, shape);
    EXPECT_EQ(std::ranges::count(few.variants, "few_rows"), 0);
    EXPECT_EQ(few.groups, (8 * groups / few.rows + groups + 1) *
                              ceil_div(64, static_cast<std::int64_t>(few.local_size) * few.cols));
  }
}

TEST(GroupedProducts, RefusesWhatDoesNotFit) {
  const auto coded = [](const Shape& shape) {
    return CodedMatrix{input(shape, DType::b1), input({shape.count() / shape[-1], 1, 2}), 0};
  };
  const CodedMatrix x = coded({6, 64}), w = coded({2, 5, 64});
  const Tensor ends = input({2}, DType::i32);
  EXPECT_NO_THROW((void)quant::grouped_matmul_codes(x, w, ends));
  EXPECT_THROW((void)quant::grouped_matmul_codes(x, w, input({3}, DType::i32)), InvalidArgument);
  EXPECT_THROW((void)quant::grouped_matmul_codes(x, w, input({2})), InvalidArgument);
  EXPECT_THROW((void)quant::grouped_matmul_codes(x, coded({5, 64}), ends), InvalidArgument);
  EXPECT_THROW((void)quant::grouped_matmul_codes(coded({2, 6, 64}), w, ends), InvalidArgument);
  EXPECT_THROW((void)quant::grouped_matmul_codes(coded({6, 32}), w, ends), InvalidArgument);
  EXPECT_THROW((void)quant::grouped_matmul_dense_codes(input({6, 4}), w, ends), InvalidArgument);
  EXPECT_NO_THROW((void)quant::grouped_matmul_dense_codes(input({6, 5}), w, ends));
  EXPECT_THROW((void)quant::grouped_matmul_dense_codes_rows(input({6, 5}), w, ends),
               InvalidArgument);
  EXPECT_THROW((void)quant::grouped_matmul_dense_codes_transposed(input({7, 5}), x, ends),
               InvalidArgument);
  EXPECT_THROW((void)quant::grouped_matmul_dense_codes_transposed(input({6, 5}), w, ends),
               InvalidArgument);
}

}  // namespace
}  // namespace ridgeback::test
