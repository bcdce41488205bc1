// SPDX-License-Identifier: Apache-2.0
// Dense values at the entries of a pattern, and entries as, or in, a dense matrix.
#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/operation.hpp"
#include "ridgeback/ops/fill.hpp"
#include "ridgeback/ops/launch.hpp"
#include "ridgeback/ops/sparse.hpp"
#include "ridgeback/ops/sparse_format.hpp"

#include <fmt/core.h>

#include "sparse/gather_entries.h"
#include "sparse/scatter_entries.h"

namespace ridgeback {
namespace {

std::vector<std::string> texel_candidates(const Target& target) {
  if (target.is_cpu()) return {"texel", "baseline"};
  return {"baseline", "texel"};
}

// Constants, parameters and groups, which are the same both ways.
template <class Params>
void lay_out(Dispatch& launch, const Target& target, const ops::PatternShape& pattern,
             std::int64_t entries) {
  const std::uint32_t local = ops::local_size(target);
  const std::int64_t lanes = ops::lanes_of_row(pattern, entries);
  const std::int64_t invocations = launch.variant == "texel" ? pattern.rows * lanes : entries;
  // Rows of blocks begin on texels, of the matrix and of the values.
  const bool runs =
      pattern.kind == SparsePattern::Kind::blocks && pattern.m % 4 == 0 && pattern.cols % 4 == 0;
  launch.specialize(local, pattern.format(), pattern.n, pattern.m, runs ? 1 : 0)
      .push(Params{pattern.params(), static_cast<std::uint32_t>(entries),
                   static_cast<std::uint32_t>(lanes)})
      .linear_groups(ceil_div(invocations, local))
      .cost(0, 12.0 * static_cast<double>(entries));
}

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
    Dispatch launch = dispatch("gather_entries", c, texel_candidates(c.target));
    launch.read(0).read(1).read(2).write(0);
    lay_out<shaders::GatherEntriesParams>(launch, c.target, pattern, entries);
    return {launch};
  }
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    const SparsePattern p = ops::pattern_of(pattern, g.inputs[0], g.inputs[1]);
    return {Tensor{}, Tensor{}, to_dense(p, g.grads[0])};
  }
};

// The values, input 2, to their places in output 0.
Dispatch scatter(const LowerContext& c, const ops::PatternShape& pattern) {
  const std::int64_t entries = c.in[2].shape.count();
  Dispatch launch = dispatch("scatter_entries", c, texel_candidates(c.target));
  launch.read(0).read(1).read(2).write(0);
  lay_out<shaders::ScatterEntriesParams>(launch, c.target, pattern, entries);
  return launch;
}

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
    launches.push_back(scatter(c, pattern));
    return launches;
  }
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    const SparsePattern p = ops::pattern_of(pattern, g.inputs[0], g.inputs[1]);
    return {Tensor{}, Tensor{}, entries_of(p, g.grads[0])};
  }
};

// Inputs: starts, columns, values, the dense matrix.
struct ReplaceEntries final : OperationOf<ReplaceEntries> {
  ops::PatternShape pattern;

  bool operator==(const ReplaceEntries&) const = default;
  [[nodiscard]] std::string_view name() const override { return "replace_entries"; }
  [[nodiscard]] std::string attributes() const override { return pattern.text(); }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    const TensorSpec values{entries_shape(pattern, in)};
    const TensorSpec dense{{pattern.rows, pattern.cols}};
    require(in[2] == values && in[3] == dense,
            fmt::format("replace_entries: values or matrix do not fit (got {} and {} for {})",
                        in[2].text(), in[3].text(), pattern.text()));
    return {in[3]};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    if (c.out[0].shape.count() == 0) return {};
    // In place the copy is dropped.
    Dispatch copy;
    copy.read(3).write(0).cost(0, 2.0 * static_cast<double>(c.out[0].bytes()));
    std::vector<Dispatch> launches{copy};
    if (c.in[2].shape.count() > 0) launches.push_back(scatter(c, pattern));
    return launches;
  }
  [[nodiscard]] std::vector<InPlace> in_place() const override { return {{0, 3}}; }
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    const SparsePattern p = ops::pattern_of(pattern, g.inputs[0], g.inputs[1]);
    const Tensor none = zeros(g.inputs[2].shape());
    return {Tensor{}, Tensor{}, entries_of(p, g.grads[0]), replace_entries(p, g.grads[0], none)};
  }
};

}  // namespace

Tensor replace_entries(const SparsePattern& pattern, const Tensor& dense, const Tensor& values) {
  ReplaceEntries operation;
  operation.pattern = ops::shape_of(pattern);
  return apply(std::move(operation), ops::inputs_of(pattern, {values, dense}));
}

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
