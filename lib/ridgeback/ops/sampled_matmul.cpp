// SPDX-License-Identifier: Apache-2.0
// A dense product, made at the entries of a sparse matrix only.
#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/operation.hpp"
#include "ridgeback/ops/launch.hpp"
#include "ridgeback/ops/layout.hpp"
#include "ridgeback/ops/matmul.hpp"
#include "ridgeback/ops/sparse.hpp"
#include "ridgeback/ops/sparse_blocks.hpp"
#include "ridgeback/ops/sparse_format.hpp"

#include <algorithm>
#include <fmt/core.h>

#include "sparse/sddmm.h"

namespace ridgeback {
namespace {

// Inputs: starts, columns, a, b.
struct SampledMatmul final : OperationOf<SampledMatmul> {
  ops::PatternShape pattern;

  bool operator==(const SampledMatmul&) const = default;
  [[nodiscard]] std::string_view name() const override { return "sampled_matmul"; }
  [[nodiscard]] std::string attributes() const override { return pattern.text(); }

  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    const Shape& a = in[2].shape;
    const Shape& b = in[3].shape;
    require(in[2].dtype == DType::f32 && in[3].dtype == DType::f32 && a.rank() == 2 &&
                b.rank() == 2 && a[0] == pattern.rows && b[0] == pattern.cols && a[1] == b[1],
            fmt::format("sampled_matmul: operands do not fit (got {} and {} for {})", in[2].text(),
                        in[3].text(), pattern.text()));
    if (pattern.kind == SparsePattern::Kind::csr) return {{in[1].shape, DType::f32}};
    return {{{pattern.rows, pattern.width}, DType::f32}};
  }

  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override;

  // s = a b^T at the entries: da = S b with ds as the values of S, db = S^T a.
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    std::vector<Tensor> grads(4);
    const SparseMatrix ds{ops::pattern_of(pattern, g.inputs[0], g.inputs[1]), g.grads[0]};
    if (g.needs(2)) grads[2] = sparse_matmul(ds, g.inputs[3]);
    if (g.needs(3)) grads[3] = sparse_matmul_transposed(ds, g.inputs[2]);
    return grads;
  }
};

std::vector<Dispatch> SampledMatmul::lower(const LowerContext& c) const {
  const std::int64_t entries = c.out[0].shape.count();
  const std::int64_t n = c.in[2].shape[1];
  if (entries == 0) return {};
  if (n == 0) return ops::zeros(c);
  if (pattern.kind == SparsePattern::Kind::blocks)
    return {ops::products_at_blocks(c, pattern, 1, 2, 3)};
  std::vector<std::string> candidates{"baseline", "texel"};
  if (c.target.is_cpu()) std::ranges::reverse(candidates);
  Dispatch launch = dispatch("sddmm", c, candidates);
  const bool texel = launch.variant == "texel";
  const std::int64_t lanes = ops::lanes_of_row(pattern, entries);
  const std::uint32_t local = ops::local_size(c.target);
  launch.specialize(local, pattern.format(), pattern.n, pattern.m, n % 4 == 0 ? 1 : 0)
      .push(shaders::SddmmParams{pattern.params(), static_cast<std::uint32_t>(n),
                                 static_cast<std::uint32_t>(entries),
                                 static_cast<std::uint32_t>(lanes)})
      .read(0)
      .read(1)
      .read(2)
      .read(3)
      .write(0)
      .linear_groups(ceil_div(texel ? pattern.rows * lanes : entries, local))
      .cost(2.0 * static_cast<double>(entries * n),
            static_cast<double>(c.in[1].bytes() + c.in[2].bytes() + c.in[3].bytes() +
                                c.out[0].bytes()));
  return {launch};
}

}  // namespace

Tensor sampled_matmul(const SparsePattern& pattern, const Tensor& a, const Tensor& b) {
  const Shape& rows = a.shape();
  const Shape& columns = b.shape();
  // What does not fit is refused below, in the terms of the caller.
  if (rows.rank() == 2 && columns.rank() == 2 && rows[0] == pattern.rows &&
      columns[0] == pattern.cols && rows[1] == columns[1] && a.dtype() == DType::f32 &&
      b.dtype() == DType::f32 && ops::dense_is_faster(pattern, rows[1], ops::AtHand::neither)) {
    return entries_of(pattern, matmul(a, transpose(b)));
  }
  SampledMatmul operation;
  operation.pattern = ops::shape_of(pattern);
  return apply(std::move(operation), ops::inputs_of(pattern, {a, b}));
}

}  // namespace ridgeback
