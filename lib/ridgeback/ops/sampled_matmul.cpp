// SPDX-License-Identifier: Apache-2.0
// A dense product, made at the entries of a sparse matrix only.
#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/operation.hpp"
#include "ridgeback/ops/launch.hpp"
#include "ridgeback/ops/sparse.hpp"
#include "ridgeback/ops/sparse_format.hpp"

#include <algorithm>
#include <bit>
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

  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const std::int64_t entries = c.out[0].shape.count();
    const std::int64_t n = c.in[2].shape[1];
    if (entries == 0) return {};
    if (n == 0) return ops::zeros(c);
    const std::uint32_t subgroup = c.target.limits.subgroup_size;
    const std::uint32_t lanes = subgroup >= 8 ? 8 : 4;
    const std::uint32_t subgroup_local = std::max(subgroup, 4U);
    std::vector<std::string> candidates;
    // GPUs hide the loads of one row by many invocations; CPU drivers want them spread and handed
    // round.
    if (!c.target.is_cpu()) candidates.emplace_back("baseline");
    if (subgroup >= lanes && subgroup_local % subgroup == 0) {
      if (n % 2 == 0) candidates.emplace_back("int64");
      candidates.emplace_back("subgroup");
    }
    if (c.target.is_cpu()) candidates.emplace_back("baseline");
    Dispatch launch = dispatch("sddmm", c, candidates);
    const bool rowwise = launch.variant != "baseline";
    const std::uint32_t local = rowwise ? subgroup_local : ops::local_size(c.target);
    const std::int64_t held = std::clamp<std::int64_t>(
        static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(ceil_div(n, lanes)))), 1,
        8);
    // Some rows a group, and groups enough for a few threads.
    const std::int64_t rows_each = std::clamp<std::int64_t>(pattern.rows / 64, 1, 32);
    launch.specialize(local, pattern.format(), pattern.n, pattern.m, lanes, held)
        .push(shaders::SddmmParams{pattern.params(), static_cast<std::uint32_t>(n),
                                   static_cast<std::uint32_t>(entries),
                                   static_cast<std::uint32_t>(rows_each)})
        .read(0)
        .read(1)
        .read(2)
        .read(3)
        .write(0)
        .linear_groups(rowwise ? ceil_div(pattern.rows, rows_each) : ceil_div(entries, local))
        .cost(2.0 * static_cast<double>(entries * n),
              static_cast<double>(c.in[1].bytes() + c.in[2].bytes() + c.in[3].bytes() +
                                  c.out[0].bytes()));
    return {launch};
  }

  // s = a b^T at the entries: da = S b with ds as the values of S, db = S^T a.
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    std::vector<Tensor> grads(4);
    const SparseMatrix ds{ops::pattern_of(pattern, g.inputs[0], g.inputs[1]), g.grads[0]};
    if (g.needs(2)) grads[2] = sparse_matmul(ds, g.inputs[3]);
    if (g.needs(3)) grads[3] = sparse_matmul_transposed(ds, g.inputs[2]);
    return grads;
  }
};

}  // namespace

Tensor sampled_matmul(const SparsePattern& pattern, const Tensor& a, const Tensor& b) {
  SampledMatmul operation;
  operation.pattern = ops::shape_of(pattern);
  return apply(std::move(operation), ops::inputs_of(pattern, {a, b}));
}

}  // namespace ridgeback
