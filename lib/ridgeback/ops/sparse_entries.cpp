// SPDX-License-Identifier: Apache-2.0
// Dense values at the entries of a pattern, and entries as a dense matrix.
#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/operation.hpp"
#include "ridgeback/ops/launch.hpp"
#include "ridgeback/ops/sparse.hpp"
#include "ridgeback/ops/sparse_format.hpp"

#include <fmt/core.h>

#include "sparse/gather_entries.h"
#include "sparse/scatter_entries.h"

namespace ridgeback {
namespace {

Shape entries_shape(const ops::PatternShape& pattern, std::span<const TensorSpec> in) {
  return pattern.kind == SparsePattern::Kind::csr ? in[1].shape
                                                  : Shape{pattern.rows, pattern.width};
}

// Inputs: starts, columns, the dense matrix.
struct EntriesOf final : OperationOf<EntriesOf> {
  ops::PatternShape pattern;

  bool operator==(const EntriesOf&) const = default;
  [[nodiscard]] std::string_view name() const override { return "entries_of"; }
  [[nodiscard]] std::string attributes() const override { return pattern.text(); }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    require(in[2].dtype == DType::f32 && in[2].shape == Shape{pattern.rows, pattern.cols},
            fmt::format("entries_of: the matrix does not fit (got {} for {})", in[2].text(),
                        pattern.text()));
    return {{entries_shape(pattern, in), DType::f32}};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const std::int64_t entries = c.out[0].shape.count();
    if (entries == 0) return {};
    const std::uint32_t local = ops::local_size(c.target);
    return {dispatch("gather_entries", c)
                .read(0)
                .read(1)
                .read(2)
                .write(0)
                .specialize(local, pattern.format(), pattern.n, pattern.m)
                .push(shaders::GatherEntriesParams{pattern.params(),
                                                   static_cast<std::uint32_t>(entries)})
                .linear_groups(ceil_div(entries, local))
                .cost(0, 12.0 * static_cast<double>(entries))};
  }
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    const SparsePattern p = ops::pattern_of(pattern, g.inputs[0], g.inputs[1]);
    return {Tensor{}, Tensor{}, to_dense(p, g.grads[0])};
  }
};

// Inputs: starts, columns, values.
struct ToDense final : OperationOf<ToDense> {
  ops::PatternShape pattern;

  bool operator==(const ToDense&) const = default;
  [[nodiscard]] std::string_view name() const override { return "sparse_to_dense"; }
  [[nodiscard]] std::string attributes() const override { return pattern.text(); }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    const Shape expected = entries_shape(pattern, in);
    require(in[2].dtype == DType::f32 && in[2].shape == expected,
            fmt::format("to_dense: values do not fit (got {}, expected f32{})", in[2].text(),
                        expected.text()));
    return {{{pattern.rows, pattern.cols}, DType::f32}};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    std::vector<Dispatch> launches = ops::zeros(c);
    const std::int64_t entries = c.in[2].shape.count();
    if (launches.empty() || entries == 0) return launches;
    const std::uint32_t local = ops::local_size(c.target);
    launches.push_back(dispatch("scatter_entries", c)
                           .read(0)
                           .read(1)
                           .read(2)
                           .write(0)
                           .specialize(local, pattern.format(), pattern.n, pattern.m)
                           .push(shaders::ScatterEntriesParams{pattern.params(),
                                                               static_cast<std::uint32_t>(entries)})
                           .linear_groups(ceil_div(entries, local))
                           .cost(0, 12.0 * static_cast<double>(entries)));
    return launches;
  }
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    const SparsePattern p = ops::pattern_of(pattern, g.inputs[0], g.inputs[1]);
    return {Tensor{}, Tensor{}, entries_of(p, g.grads[0])};
  }
};

}  // namespace

Tensor entries_of(const SparsePattern& pattern, const Tensor& dense) {
  EntriesOf operation;
  operation.pattern = ops::shape_of(pattern);
  return apply(std::move(operation), ops::inputs_of(pattern, {dense}));
}

Tensor to_dense(const SparsePattern& pattern, const Tensor& values) {
  ToDense operation;
  operation.pattern = ops::shape_of(pattern);
  return apply(std::move(operation), ops::inputs_of(pattern, {values}));
}

}  // namespace ridgeback
