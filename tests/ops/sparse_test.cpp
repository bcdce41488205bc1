// SPDX-License-Identifier: Apache-2.0
#include "reference/sparse.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/ops.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <gtest/gtest.h>

#include "harness/op_case.hpp"

namespace ridgeback::test {
namespace {

using Kind = SparsePattern::Kind;

struct What {
  DrawnPattern pattern;
  std::int64_t n;  // columns of the dense operand
};

std::string label(const What& what, const char* more = "") {
  const DrawnPattern& p = what.pattern;
  const std::string kind = p.kind == Kind::csr      ? "csr"
                           : p.kind == Kind::n_of_m ? fmt::format("{}of{}", p.n, p.m)
                           : p.kind == Kind::blocks
                               ? fmt::format("blocks_{}x{}_of_{}", p.n, p.m, p.width)
                               : fmt::format("rows_of_{}", p.width);
  return fmt::format("{}x{}x{} {}{}", p.rows, p.cols, what.n, kind, more);
}

// Few entries and many, narrow and wide, rows of whole texels and not.
const std::vector<What>& whats() {
  static const std::vector<What> all{
      {draw_rows(6, 37, 5), 8},        {draw_rows(7, 37, 5), 1},      {draw_rows(40, 36, 9), 33},
      {draw_rows(50, 37, 7), 66},      {draw_csr(6, 37, 0.2), 6},     {draw_csr(60, 36, 0.25), 18},
      {draw_n_of_m(40, 19, 2, 4), 24}, {draw_n_of_m(3, 70, 3, 7), 5}, {draw_csr(23, 36, 0.4), 35},
  };
  return all;
}

// Blocks that divide the matrix and that do not, on either side, of runs of values and not; none
// and all; wide and narrow operands, of whole texels and not.
const std::vector<What>& blocks() {
  static const std::vector<What> all{
      {draw_blocks(16, 24, 4, 4, 2), 12},   {draw_blocks(19, 27, 4, 4, 3), 9},
      {draw_blocks(33, 41, 8, 8, 2), 70},   {draw_blocks(20, 40, 8, 8, 5), 6},
      {draw_blocks(40, 35, 16, 16, 1), 33}, {draw_blocks(40, 70, 32, 32, 2), 16},
      {draw_blocks(7, 100, 1, 32, 2), 34},  {draw_blocks(37, 9, 16, 1, 3), 8},
      {draw_blocks(13, 17, 3, 5, 2), 5},    {draw_blocks(10, 16, 5, 6, 1), 4},
      {draw_blocks(9, 20, 2, 4, 5), 1},     {draw_blocks(6, 8, 12, 24, 1), 40}};
  return all;
}

// All ways of a product: S or its transpose, dense operand by rows or by columns.
struct Way {
  bool transposed;
  bool batch_first;
};

Tensor apply_way(const Way& way, const SparseMatrix& s, const Tensor& x) {
  if (way.transposed) {
    return way.batch_first ? sparse_linear_transposed(x, s) : sparse_matmul_transposed(s, x);
  }
  return way.batch_first ? sparse_linear(x, s) : sparse_matmul(s, x);
}

Array reference_way(const Way& way, const Array& s, const Array& x) {
  return way.batch_first ? product(x, false, s, !way.transposed)
                         : product(s, way.transposed, x, false);
}

OpCase product_case(const What& what, const Way& way) {
  const DrawnPattern p = what.pattern;
  const std::int64_t depth = way.transposed ? p.rows : p.cols;
  OpCase c;
  c.inputs = p.inputs();
  c.inputs.push_back(uniform(p.values_shape(), -1, 1));
  c.inputs.push_back(
      uniform(way.batch_first ? Shape{what.n, depth} : Shape{depth, what.n}, -1, 1, 2));
  c.graph = [p, way](const std::vector<Tensor>& in) {
    const std::size_t at = p.input_count();
    return apply_way(way, {p.pattern(in), in[at]}, in[at + 1]);
  };
  c.reference = [p, way](const std::vector<Array>& in) {
    const std::size_t at = p.input_count();
    return reference_way(way, p.dense(in[at].values), in[at + 1]);
  };
  c.tolerance = epsilons(16);
  c.label = label(what, way.transposed ? (way.batch_first ? " y S" : " S^T y")
                                       : (way.batch_first ? " x S^T" : " S x"));
  return c;
}

OP_CASES("sparse_matmul") {
  for (const What& what : whats()) {
    for (const Way way : {Way{false, false}, {false, true}}) {
      OpCase c = product_case(what, way);
      c.gradient = true;
      add(c);
    }
  }
  for (std::size_t i = 0; i < blocks().size(); ++i) {
    OpCase c = product_case(blocks()[i], {false, i % 3 == 1});
    c.gradient = true;
    add(c);
  }
  // Long rows, and many columns of x.
  for (OpCase c : {product_case({draw_rows(33, 2101, 280), 8}, {false, false}),
                   product_case({draw_n_of_m(8, 2101, 31, 31), 9}, {false, true}),
                   product_case({draw_csr(12, 19, 0.3), 260}, {false, false}),
                   product_case({draw_csr(5, 11, 0.3), 131}, {true, false})}) {
    c.tolerance = epsilons(64);
    add(c);
  }
  // Nothing to read, or nothing to write.
  for (const What& what :
       {What{draw_rows(5, 7, 0), 4}, What{draw_rows(0, 7, 2), 4}, What{draw_rows(5, 7, 2), 0},
        What{draw_csr(4, 0, 0), 3}, What{draw_blocks(5, 7, 4, 4, 0), 4},
        What{draw_blocks(0, 7, 4, 4, 1), 4}, What{draw_blocks(5, 7, 4, 4, 1), 0}}) {
    add(product_case(what, {false, false}));
  }
}

OP_CASES("sparse_matmul_transposed") {
  for (const std::size_t i : {0U, 2U, 5U, 6U}) {
    for (const Way way : {Way{true, false}, {true, true}}) {
      OpCase c = product_case(whats()[i], way);
      c.gradient = true;
      add(c);
    }
  }
  for (std::size_t i = 0; i < blocks().size(); ++i) {
    OpCase c = product_case(blocks()[i], {true, i % 3 == 1});
    c.gradient = true;
    add(c);
  }
  for (const What& what :
       {What{draw_rows(5, 7, 0), 4}, What{draw_rows(0, 7, 2), 4},
        What{draw_blocks(5, 7, 4, 4, 0), 4}, What{draw_blocks(0, 7, 4, 4, 1), 4}}) {
    add(product_case(what, {true, false}));
  }
}

// The dense matrix is made of the entries: their gradient is that of the sparse product, that of
// the matrix the dense one. Also where the pattern by column is given.
OP_CASES("pruned_linear") {
  for (const What& what : {What{draw_rows(40, 36, 9), 33}, What{draw_csr(23, 36, 0.2), 35},
                           What{draw_n_of_m(9, 20, 2, 8), 5}, What{draw_rows(4, 6, 4), 40},
                           What{draw_blocks(19, 29, 8, 8, 1), 12}}) {
    for (const bool by_column : {false, true}) {
      const DrawnPattern p = what.pattern;
      OpCase c = product_case(what, {false, true});
      c.graph = [p, by_column](const std::vector<Tensor>& in) {
        const std::size_t at = p.input_count();
        SparsePattern pattern = p.pattern(in);
        if (by_column) pattern.by_column = transposed(pattern);
        return pruned_linear(in[at + 1], to_dense(pattern, in[at]), pattern);
      };
      c.gradient = true;
      c.label += by_column ? " by column" : " pruned";
      add(c);
    }
  }
}

OP_CASES("pruned_linear_gradient") {
  for (const What& what : {What{draw_rows(40, 36, 9), 33}, What{draw_csr(23, 36, 0.2), 5},
                           What{draw_blocks(19, 29, 4, 8, 1), 12}}) {
    const DrawnPattern p = what.pattern;
    OpCase c = product_case(what, {false, true});
    c.inputs.push_back(uniform({what.n, p.rows}, -1, 1, 3));
    c.graph = [p](const std::vector<Tensor>& in) {
      const std::size_t at = p.input_count();
      const Tensor w = to_dense(p.pattern(in), in[at]);
      const Tensor y = pruned_linear(in[at + 1], w, p.pattern(in));
      return gradient(sum(y * in[at + 2]), {w})[0];
    };
    c.reference = [p](const std::vector<Array>& in) {
      const std::size_t at = p.input_count();
      return product(in[at + 2], true, in[at + 1], false);
    };
    c.label += " of all weights";
    add(c);
  }
}

struct Coded {
  DType type;
  int low, high;
};

// Values of other types: codes with a scale a row, and halves.
const std::vector<Coded>& coded() {
  static const std::vector<Coded> all{
      {DType::s1, 0, 1},  {DType::b1, 0, 1},      {DType::ternary, -1, 1}, {DType::i2, -2, 1},
      {DType::i4, -8, 7}, {DType::i8, -128, 127}, {DType::f16, -100, 100}};
  return all;
}

Input coded_input(const Shape& shape, const Coded& of) {
  Input codes = integers(shape, of.low, of.high, of.type);
  if (of.type == DType::s1) {
    codes.draw = [](const Shape& s) {
      return map(uniform(s, -1, 1).draw(s), [](double x) { return x < 0 ? -1 : 1; });
    };
  }
  return codes;
}

// The product, or where `with_gradient` its gradient in the dense operand alone: neither codes nor
// scales have one.
OpCase coded_case(const What& what, const Way& way, const Coded& of, bool with_gradient) {
  const DrawnPattern p = what.pattern;
  const bool packed = is_packed(of.type);
  OpCase c = product_case(what, way);
  c.inputs[p.input_count()] = coded_input(p.values_shape(), of);
  c.inputs.push_back(uniform({p.rows}, 0.5, 2, 3));
  if (with_gradient) {
    const std::int64_t made = way.transposed ? p.cols : p.rows;
    c.inputs.push_back(
        uniform(way.batch_first ? Shape{what.n, made} : Shape{made, what.n}, -1, 1, 4));
  }
  c.graph = [p, way, packed, with_gradient](const std::vector<Tensor>& in) {
    const std::size_t at = p.input_count();
    const Tensor& x = in[at + 1];
    const Tensor y = apply_way(way, {p.pattern(in), in[at], packed ? in[at + 2] : Tensor{}}, x);
    return with_gradient ? gradient(sum(y * in[at + 3]), {x})[0] : y;
  };
  c.reference = [p, way, packed, with_gradient](const std::vector<Array>& in) {
    const std::size_t at = p.input_count();
    std::vector<double> values = in[at].values;
    for (std::size_t e = 0; packed && e < values.size(); ++e) values[e] *= in[at + 2][p.row_of[e]];
    if (!with_gradient) return reference_way(way, p.dense(values), in[at + 1]);
    return reference_way({!way.transposed, way.batch_first}, p.dense(values), in[at + 3]);
  };
  c.label += fmt::format(" {}", name(of.type));
  return c;
}

OP_CASES("sparse_matmul_codes") {
  for (const Coded& of : coded()) {
    for (const What& what : {What{draw_rows(40, 36, 5), 9}, What{draw_n_of_m(9, 70, 3, 7), 4}}) {
      for (const Way way : {Way{false, false}, {true, true}}) add(coded_case(what, way, of, false));
    }
    // Blocks that are cut off on either side, in runs of values and not, rows of several units.
    for (const What& what :
         {What{draw_blocks(19, 27, 4, 4, 3), 9}, What{draw_blocks(13, 17, 3, 5, 2), 5},
          What{draw_blocks(40, 35, 16, 16, 1), 33}, What{draw_blocks(7, 100, 1, 32, 2), 34},
          What{draw_blocks(37, 9, 16, 1, 3), 8}, What{draw_blocks(33, 47, 8, 8, 5), 12}}) {
      for (const Way way : {Way{false, false}, {true, false}})
        add(coded_case(what, way, of, false));
    }
    add(coded_case({draw_blocks(20, 40, 8, 8, 5), 7}, {false, true}, of, false));
    add(coded_case({draw_blocks(10, 16, 5, 6, 1), 4}, {true, true}, of, false));
  }
  for (const Coded& of : {coded()[4], coded()[6]}) {
    for (const What& what :
         {What{draw_blocks(5, 7, 4, 4, 0), 4}, What{draw_blocks(0, 7, 4, 4, 1), 4},
          What{draw_blocks(5, 7, 4, 4, 1), 0}}) {
      add(coded_case(what, {false, false}, of, false));
    }
  }
}

OP_CASES("sparse_matmul_codes_gradient") {
  for (const Coded& of : coded()) {
    for (const What& what :
         {What{draw_rows(40, 36, 5), 9}, What{draw_blocks(19, 29, 4, 8, 1), 11}}) {
      for (const Way way : {Way{false, false}, {true, true}}) add(coded_case(what, way, of, true));
    }
  }
}

OP_CASES("sampled_matmul") {
  std::vector<What> all = whats();
  all.insert(all.end(), blocks().begin(), blocks().end());
  for (const What& what : all) {
    const DrawnPattern p = what.pattern;
    OpCase c;
    c.inputs = p.inputs();
    c.inputs.push_back(uniform({p.rows, what.n}, -1, 1));
    c.inputs.push_back(uniform({p.cols, what.n}, -1, 1, 2));
    c.graph = [p](const std::vector<Tensor>& in) {
      const std::size_t at = p.input_count();
      return sampled_matmul(p.pattern(in), in[at], in[at + 1]);
    };
    c.reference = [p](const std::vector<Array>& in) {
      const std::size_t at = p.input_count();
      return p.entries_of(product(in[at], false, in[at + 1], true));
    };
    c.tolerance = epsilons(16);
    c.gradient = true;
    c.label = label(what);
    add(c);
  }
  add({.inputs = {exactly({2, 1}, {0, 3}, DType::u32), uniform({2, 0}, 0, 1),
                  uniform({4, 0}, 0, 1)},
       .graph = [](auto in) { return sampled_matmul(rows_pattern(in[0], 4), in[1], in[2]); },
       .reference =
           [](const std::vector<Array>&) {
             return Array(Shape{2, 1});
           },
       .label = "empty sums"});
}

bool has_dense_product(const Tensor& y) {
  const Program made = plan(null_target(), {y});
  return std::ranges::any_of(made.launches, [](const Launch& launch) {
    return launch.dispatch.kernel.starts_with("matmul");
  });
}

TEST(SparseOps, AreMadeDenselyWhereThatIsFaster) {
  const auto made = [](std::int64_t width, std::int64_t n) {
    const SparsePattern p = rows_pattern(input({50, width}, DType::u32), 100);
    return has_dense_product(sparse_matmul({p, input({50, width})}, input({100, n})));
  };
  // More than (n + 120) / (4 n) of the entries: the dense matrix has to be made first.
  EXPECT_FALSE(made(71, 64));
  EXPECT_TRUE(made(72, 64));
  EXPECT_FALSE(made(36, 256));
  EXPECT_TRUE(made(37, 256));
  EXPECT_FALSE(made(100, 31));
  const auto pruned = [](std::int64_t width) {
    const SparsePattern p = rows_pattern(input({50, width}, DType::u32), 100);
    return has_dense_product(pruned_linear(input({64, 100}), input({50, 100}), p));
  };
  // More than n / (4 (n + 20)): the entries have to be taken first.
  EXPECT_FALSE(pruned(19));
  EXPECT_TRUE(pruned(20));
  const auto sampled = [](std::int64_t width, std::int64_t n) {
    const SparsePattern p = rows_pattern(input({50, width}, DType::u32), 100);
    return has_dense_product(sampled_matmul(p, input({50, n}), input({100, n})));
  };
  EXPECT_FALSE(sampled(25, 32));
  EXPECT_TRUE(sampled(26, 32));
  EXPECT_FALSE(sampled(41, 31));
  // Blocks stand up to more entries, the larger the more.
  const auto in_blocks = [](int rows, int cols, std::int64_t width) {
    const SparsePattern p =
        blocks_pattern(input({ceil_div(64, rows), width}, DType::u32), 64, 100 * cols, rows, cols);
    return has_dense_product(sampled_matmul(p, input({64, 32}), input({100 * cols, 32})));
  };
  EXPECT_FALSE(in_blocks(1, 8, 25));
  EXPECT_TRUE(in_blocks(8, 1, 26));
  EXPECT_FALSE(in_blocks(2, 4, 33));
  EXPECT_TRUE(in_blocks(4, 2, 34));
  EXPECT_FALSE(in_blocks(4, 8, 45));
  EXPECT_TRUE(in_blocks(4, 4, 46));
  EXPECT_FALSE(in_blocks(8, 8, 50));
  EXPECT_TRUE(in_blocks(16, 16, 51));
  const auto from_blocks = [](std::int64_t width, std::int64_t n) {
    const SparsePattern p = blocks_pattern(input({8, width}, DType::u32), 64, 800, 8, 8);
    return has_dense_product(sparse_matmul_transposed({p, input({64, 8 * width})}, input({64, n})));
  };
  EXPECT_FALSE(from_blocks(100, 64));
  EXPECT_FALSE(from_blocks(73, 256));
  EXPECT_TRUE(from_blocks(74, 256));
  EXPECT_FALSE(from_blocks(100, 31));
  // Codes stay codes.
  const SparseMatrix codes{rows_pattern(input({50, 60}, DType::u32), 100),
                           input({50, 60}, DType::i4), input({50})};
  EXPECT_FALSE(has_dense_product(sparse_matmul(codes, input({100, 64}))));
}

// Values that are not f32 have no gradient, in blocks as in rows.
TEST(SparseOps, TakesNoGradientOfHalves) {
  const SparsePattern rows = rows_pattern(input({8, 4}, DType::u32), 9);
  const SparsePattern blocks = blocks_pattern(input({2, 1}, DType::u32), 8, 9, 4, 4);
  for (const SparsePattern& p : {rows, blocks}) {
    const Tensor master = input({8, 4});
    const Tensor x = input({9, 3});
    const Tensor halves = cast(master, DType::f16);
    const Tensor y = sum(sparse_matmul({p, halves}, x));
    EXPECT_THROW((void)gradient(y, {halves}), InvalidArgument);
    EXPECT_EQ(gradient(y, {x})[0].shape(), x.shape());
    EXPECT_EQ(gradient(y, {master})[0].spec().text(), master.spec().text());
  }
}

TEST(SparseOps, RefusesWhatDoesNotFit) {
  const SparsePattern p = rows_pattern(input({4, 2}, DType::u32), 8);
  const Tensor values = input({4, 2});
  const Tensor x = input({8, 3});
  EXPECT_THROW((void)sparse_matmul({p, input({4, 3})}, x), InvalidArgument);
  EXPECT_THROW((void)sparse_matmul({p, values}, input({7, 3})), InvalidArgument);
  EXPECT_THROW((void)sparse_linear(input({3, 7}), {p, values}), InvalidArgument);
  EXPECT_THROW((void)sparse_matmul({p, input({4, 2}, DType::i4)}, x), InvalidArgument);
  EXPECT_THROW((void)sparse_matmul_transposed({p, values}, x), InvalidArgument);
  EXPECT_THROW((void)sampled_matmul(p, input({4, 3}), input({8, 2})), InvalidArgument);
  EXPECT_THROW((void)rows_pattern(input({4, 2}), 8), InvalidArgument);
  EXPECT_THROW((void)rows_pattern(input({4, 2}, DType::u32), 0), InvalidArgument);
  EXPECT_THROW((void)n_of_m_pattern(input({4, 3}, DType::u32), 8, 2, 4), InvalidArgument);
  const SparsePattern b = blocks_pattern(input({2, 1}, DType::u32), 7, 9, 4, 4);
  EXPECT_THROW((void)sparse_matmul({b, input({7, 5})}, input({9, 3})), InvalidArgument);
  const Tensor x9 = input({9, 3});
  EXPECT_THROW((void)sparse_matmul({b, input({7, 4}, DType::u32)}, x9), InvalidArgument);
  EXPECT_THROW((void)sparse_matmul({b, input({7, 5}, DType::f16)}, x9), InvalidArgument);
  EXPECT_THROW((void)sparse_matmul({b, input({7, 4}, DType::i4)}, x9), InvalidArgument);
  EXPECT_THROW((void)sparse_matmul({b, input({7, 4}, DType::i4), input({2})}, x9), InvalidArgument);
  EXPECT_THROW((void)sparse_matmul({b, input({7, 4}, DType::i4), input({7}, DType::f16)}, x9),
               InvalidArgument);
  EXPECT_THROW((void)sampled_matmul(b, input({8, 3}), input({9, 3})), InvalidArgument);
  EXPECT_THROW((void)blocks_pattern(input({2, 1}, DType::u32), 9, 9, 4, 4), InvalidArgument);
  EXPECT_THROW((void)blocks_pattern(input({2, 1}, DType::u32), 7, 0, 4, 4), InvalidArgument);
  EXPECT_THROW((void)blocks_pattern(input({2, 1}, DType::u32), 7, 9, 4, 0), InvalidArgument);
  EXPECT_THROW((void)csr_pattern(input({0}, DType::u32), input({3}, DType::u32), 4),
               InvalidArgument);
}

}  // namespace
}  // namespace ridgeback::test
