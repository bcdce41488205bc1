// SPDX-License-Identifier: Apache-2.0
// A dense product, made at the entries of a sparse matrix only.
#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/operation.hpp"
#include "ridgeback/ops/launch.hpp"
#include "ridgeback/ops/layout.hpp"
#include "ridgeback/ops/matmul.hpp"
#include "ridgeback/ops/sparse.hpp"
#include "ridgeback/ops/sparse_format.hpp"

#include <algorithm>
#include <bit>
#include <fmt/core.h>

#include "sparse/sddmm.h"

namespace ridgeback {
namespace {

using ops::Staging;

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

// Variants, best first.
std::vector<std::string> candidates(const Target& target, std::int64_t n, const Staging& staging,
                                    bool stage) {
  // GPUs hide the loads of one row by many invocations; CPU drivers want them spread and handed
  // round, or staged.
  std::vector<std::string> names;
  const std::uint32_t subgroup = target.limits.subgroup_size;
  if (subgroup == staging.lanes) {
    if (staging.columns % 2 == 0 && n % 2 == 0) names.emplace_back("staged64");
    names.emplace_back("staged");
  }
  const auto unstaged = names.size();
  if (subgroup >= staging.lanes && staging.local % subgroup == 0) {
    if (n % 2 == 0) names.emplace_back("int64");
    names.emplace_back("subgroup");
  }
  if (!stage) std::ranges::rotate(names, names.begin() + static_cast<std::ptrdiff_t>(unstaged));
  names.insert(target.is_cpu() ? names.end() : names.begin(), "baseline");
  return names;
}

std::vector<Dispatch> SampledMatmul::lower(const LowerContext& c) const {
  const std::int64_t entries = c.out[0].shape.count();
  const std::int64_t n = c.in[2].shape[1];
  if (entries == 0) return {};
  if (n == 0) return ops::zeros(c);
  // The lanes are added up once for each tile of columns, so wide tiles pay more than in other
  // products (1024 x 64 x 1024 at 90 % zeros: 27 ms with 2 columns, 16 with 4): worth the time to
  // compile them where there is much to do.
  const std::int64_t most = entries * n >= 1 << 20 ? 2 * ops::most_staged : ops::most_staged;
  const Staging staging = ops::staging(c.target, pattern.cols, n, pattern.m, most);
  // Staging pays where each row of b is read a few times.
  const bool stage = entries >= 4 * pattern.cols;
  Dispatch launch = dispatch("sddmm", c, candidates(c.target, n, staging, stage));
  const bool staged = launch.variant.starts_with("staged");
  const bool rowwise = launch.variant != "baseline";
  const auto local =
      rowwise ? static_cast<std::uint32_t>(staging.local) : ops::local_size(c.target);
  launch.specialize(local, pattern.format(), pattern.n, pattern.m, staging.lanes);
  // Some rows a group, and groups enough for a few threads; where all of b is staged by each group,
  // entries enough to pay for it.
  std::int64_t rows_each = std::clamp<std::int64_t>(pattern.rows / 64, 1, 32);
  if (staged) {
    launch.specialize(staging.depth, staging.columns);
    rows_each = std::clamp<std::int64_t>(32 * pattern.cols * pattern.rows / entries,
                                         ceil_div(pattern.rows, 64), ceil_div(pattern.rows, 2));
  } else {
    launch.specialize(std::clamp<std::int64_t>(
        static_cast<std::int64_t>(
            std::bit_ceil(static_cast<std::uint64_t>(ceil_div(n, staging.lanes)))),
        1, 8));
  }
  launch
      .push(shaders::SddmmParams{
          pattern.params(), static_cast<std::uint32_t>(n), static_cast<std::uint32_t>(entries),
          static_cast<std::uint32_t>(rows_each), static_cast<std::uint32_t>(staging.panel)})
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

}  // namespace

Tensor sampled_matmul(const SparsePattern& pattern, const Tensor& a, const Tensor& b) {
  const Shape& rows = a.shape();
  const Shape& columns = b.shape();
  // What does not fit is refused below, in the terms of the caller.
  if (rows.rank() == 2 && columns.rank() == 2 && rows[0] == pattern.rows &&
      columns[0] == pattern.cols && rows[1] == columns[1] && a.dtype() == DType::f32 &&
      b.dtype() == DType::f32 && ops::dense_is_faster(pattern, rows[1])) {
    return entries_of(pattern, matmul(a, transpose(b)));
  }
  SampledMatmul operation;
  operation.pattern = ops::shape_of(pattern);
  return apply(std::move(operation), ops::inputs_of(pattern, {a, b}));
}

}  // namespace ridgeback
