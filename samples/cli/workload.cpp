// SPDX-License-Identifier: Apache-2.0
#include "workload.hpp"

#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/ops.hpp"
#include "ridgeback/quant/products.hpp"

#include <fmt/core.h>

namespace ridgeback::cli {
namespace {

quant::CodedMatrix coded(DType type, std::int64_t rows, std::int64_t cols, int block) {
  const std::int64_t blocks = block == 0 ? 1 : ceil_div(cols, block);
  return {input({rows, cols}, type), input({rows, blocks, 2}), block};
}

void add_dense(std::vector<Workload>& all, const ProductExtents& e) {
  const std::string extents = fmt::format("{}x{}x{}", e.m, e.n, e.k);
  const Tensor a = input({e.m, e.k}), at = input({e.k, e.m});
  const Tensor b = input({e.k, e.n}), bt = input({e.n, e.k});
  all.push_back({"f32,f32 " + extents + " A B^T", {matmul(a, transpose(bt))}, {}});
  all.push_back({"f32,f32 " + extents + " A B", {matmul(a, b)}, {}});
  all.push_back({"f32,f32 " + extents + " A^T B", {matmul(transpose(at), b)}, {}});
  for (const std::int64_t rows : {1, 8}) {
    all.push_back({fmt::format("f32,f32 {}x{}x{} A B^T", rows, e.n, e.k),
                   {matmul(input({rows, e.k}), transpose(bt))},
                   {}});
  }
}

void add_codes(std::vector<Workload>& all, const ProductExtents& e) {
  struct Pair {
    DType x, w;
    int block;
  };
  const std::vector<Pair> pairs{{DType::b1, DType::b1, 0},      {DType::b1, DType::b1, 64},
                                {DType::b1, DType::b1, 128},    {DType::s1, DType::s1, 0},
                                {DType::b1, DType::ternary, 0}, {DType::ternary, DType::ternary, 0},
                                {DType::i2, DType::i2, 64},     {DType::i4, DType::b1, 64},
                                {DType::i4, DType::i4, 64},     {DType::i8, DType::i8, 0}};
  const auto add = [&](const Pair& p, std::int64_t rows) {
    const std::string suffix = p.block == 0 ? "" : fmt::format("/{}", p.block);
    const Tensor y = quant::matmul_codes(coded(p.x, rows, e.k_codes, p.block),
                                         coded(p.w, e.n, e.k_codes, p.block));
    all.push_back(
        {fmt::format("{},{}{} {}x{}x{}", name(p.x), name(p.w), suffix, rows, e.n, e.k_codes),
         {y},
         {}});
  };
  for (const Pair& pair : pairs) add(pair, e.m);
  add(pairs[0], 8);
}

void add_dense_codes(std::vector<Workload>& all, const ProductExtents& e) {
  for (const DType type : {DType::b1, DType::ternary, DType::i4, DType::i8}) {
    const std::string extents = fmt::format("f32,{}/64 {}x{}x{}", name(type), e.m, e.n, e.k);
    const Tensor a = input({e.m, e.k}), at = input({e.k, e.m});
    const quant::CodedMatrix b = coded(type, e.k, e.n, 64), w = coded(type, e.n, e.k, 64);
    all.push_back({extents + " A W^T", {quant::matmul_dense_codes_rows(a, w)}, {}});
    all.push_back({extents + " A B", {quant::matmul_dense_codes(a, b)}, {}});
    all.push_back({extents + " A^T B", {quant::matmul_dense_codes_transposed(at, b)}, {}});
  }
  const quant::CodedMatrix w = coded(DType::b1, e.n, e.k, 64);
  all.push_back({fmt::format("f32,b1/64 1x{}x{} A W^T", e.n, e.k),
                 {quant::matmul_dense_codes_rows(input({1, e.k}), w)},
                 {}});
}

}  // namespace

std::vector<Workload> product_workloads(const ProductExtents& extents) {
  std::vector<Workload> all;
  add_dense(all, extents);
  add_codes(all, extents);
  add_dense_codes(all, extents);
  return all;
}

}  // namespace ridgeback::cli
