// SPDX-License-Identifier: Apache-2.0
// What follows a product on codes in its kernel: same bits, fewer launches, in every variant.
#include "ridgeback/core/bits.hpp"
#include "ridgeback/ops/ops.hpp"
#include "ridgeback/quant/products.hpp"
#include "ridgeback/quant/quant.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

#include "harness/same_bits.hpp"

namespace ridgeback::test {
namespace {

// A coded matrix of drawn codes and factors, whose inputs are added to `drawn`.
quant::CodedMatrix coded(std::int64_t rows, std::int64_t cols, DType type, int block,
                         std::vector<Drawn>& drawn) {
  const CodeRange range = code_range(type);
  const Tensor whole = input({rows, cols}, DType::i32);
  const bool sign = type == DType::s1;
  drawn.push_back(
      {whole, sign ? 1.0F : static_cast<float>(range.lowest), static_cast<float>(range.highest)});
  const Tensor factors = input({rows, block == 0 ? 1 : ceil_div(cols, block), 2});
  drawn.push_back({factors});
  return {quant::pack_codes(whole, type), factors, block};
}

// What a tuner would remember the choices of the products by.
std::vector<std::string> points(const Tensor& y, const CompileOptions& options) {
  std::vector<std::string> names;
  for (const Launch& launch : plan(test_device().target(), {y}, {}, options).launches) {
    if (!launch.dispatch.kernel.starts_with("matmul")) continue;
    for (const Choice& choice : launch.dispatch.choices) names.push_back(choice.point);
  }
  return names;
}

// Bias, an activation and a residual after a product.
void expect_fused(const Tensor& product, std::vector<Drawn> drawn) {
  const Tensor bias = input({product.shape()[-1]}), residual = input(product.shape());
  drawn.push_back({bias});
  drawn.push_back({residual});
  // Where rows are no whole quads a chain cannot read the bias, which is a launch more.
  const std::size_t saved = product.shape()[-1] % 4 == 0 ? 1 : 2;
  const Tensor y = relu(product + bias) + residual;
  expect_same_bits(y, drawn, "fuse_products", saved);
  CompileOptions apart;
  apart.disabled_passes = {"fuse_products"};
  EXPECT_EQ(points(y, {}), points(y, apart)) << "what is tuned for a product counts";
}

// CodedRows has looked up products that store four columns at a time.
TEST(FuseProducts, CodesTimesCodes) {
  struct Case {
    DType x, w;
    int block;
    std::int64_t rows, cols;
  };
  for (const Case& c :
       {Case{DType::b1, DType::b1, 64, 9, 21}, Case{DType::ternary, DType::s1, 0, 3, 12},
        Case{DType::i8, DType::i4, 64, 5, 7}, Case{DType::i4, DType::b1, 64, 2, 36},
        Case{DType::i4, DType::i2, 0, 8, 37}}) {
    SCOPED_TRACE(fmt::format("{} {} {}", name(c.x), name(c.w), c.cols));
    std::vector<Drawn> drawn;
    const quant::CodedMatrix x = coded(c.rows, 133, c.x, c.block, drawn);
    const quant::CodedMatrix w = coded(c.cols, 133, c.w, c.block, drawn);
    expect_fused(quant::matmul_codes(x, w), drawn);
  }
}

// Looked up products of rows of codes and of their columns are made by two pieces of code; those of
// columns store alike whichever side is turned.
TEST(FuseProducts, ValuesTimesCodes) {
  for (const auto& [type, cols] : {std::pair{DType::b1, std::int64_t{36}}, {DType::i4, 21}}) {
    SCOPED_TRACE(fmt::format("{} {}", name(type), cols));
    const Tensor a = input({5, 70});
    std::vector<Drawn> drawn{{a}}, turned{{a}}, rows{{a}};
    if (type == DType::i4) {
      expect_fused(quant::matmul_dense_codes(a, coded(70, cols, type, 0, drawn)), drawn);
    } else {
      const quant::CodedMatrix x = coded(5, cols, type, 64, turned);
      expect_fused(quant::matmul_dense_codes_transposed(a, x), turned);
    }
    expect_fused(quant::matmul_dense_codes_rows(a, coded(cols, 70, type, 64, rows)), rows);
  }
}

TEST(FuseProducts, CodedRows) {
  for (const std::int64_t cols : {36, 21}) {
    std::vector<Drawn> drawn;
    const quant::CodedMatrix a = coded(9, 70, DType::i4, 0, drawn);
    const Tensor term = input({9});
    drawn.push_back({term});
    const Tensor whole = input({70, cols}, DType::i32);
    drawn.push_back({whole, 0, 1});
    expect_fused(quant::matmul_coded_rows(a, quant::pack_codes(whole, DType::b1), term), drawn);
  }
}

}  // namespace
}  // namespace ridgeback::test
