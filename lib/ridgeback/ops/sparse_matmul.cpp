// SPDX-License-Identifier: Apache-2.0
// Sparse times dense, and the transpose of the sparse matrix times dense.
#include "ridgeback/core/bits.hpp"
#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/operation.hpp"
#include "ridgeback/ops/launch.hpp"
#include "ridgeback/ops/layout.hpp"
#include "ridgeback/ops/matmul.hpp"
#include "ridgeback/ops/sparse.hpp"
#include "ridgeback/ops/sparse_format.hpp"

#include <algorithm>
#include <fmt/core.h>

#include "sparse/spmm.h"
#include "sparse/spmm_staged.h"

namespace ridgeback {
namespace {

using ops::PatternShape;

std::uint32_t word(std::int64_t value) {
  return static_cast<std::uint32_t>(value);
}

// y = S x, or S^T x where `transposed`. Inputs: starts, columns, values, scales (the values again
// where there are none), x and, where transposed, starts, rows and places by column.
struct SparseMatmul final : OperationOf<SparseMatmul> {
  PatternShape pattern;
  bool transposed = false;
  bool batch_first = false;  // x [n, cols], y [n, rows]

  bool operator==(const SparseMatmul&) const = default;
  [[nodiscard]] std::string_view name() const override { return "sparse_matmul"; }
  [[nodiscard]] std::string attributes() const override {
    return pattern.text() + (transposed ? ",transposed" : "") + (batch_first ? ",batch_first" : "");
  }
  [[nodiscard]] std::int64_t rows() const { return transposed ? pattern.cols : pattern.rows; }
  [[nodiscard]] std::int64_t cols() const { return transposed ? pattern.rows : pattern.cols; }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override;
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& context) const override;
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& context) const override;

 private:
  void bind(Dispatch& launch, const LowerContext& context) const;
  [[nodiscard]] Dispatch direct(const LowerContext& context) const;
  [[nodiscard]] Dispatch staged(const LowerContext& context) const;
  [[nodiscard]] std::int64_t entries(const LowerContext& c) const {
    return pattern.kind == SparsePattern::Kind::csr ? c.in[1].shape[0]
                                                    : pattern.rows * pattern.width;
  }
  [[nodiscard]] std::int64_t batch(const LowerContext& c) const {
    return c.out[0].shape[batch_first ? 0 : 1];
  }
};

Tensor dense_product(const Tensor& s, const Tensor& x, bool turned, bool batch_first) {
  if (batch_first) return matmul(x, turned ? s : transpose(s));
  return matmul(turned ? transpose(s) : s, x);
}

Tensor product(const SparseMatrix& s, const Tensor& x, bool turned, bool batch_first) {
  const SparsePattern& p = s.pattern;
  const bool fits = x.shape().rank() == 2 && s.values.spec() == TensorSpec{p.values_shape()} &&
                    x.shape()[batch_first ? 1 : 0] == (turned ? p.rows : p.cols);
  // What does not fit is refused below, in the terms of the caller.
  if (fits && ops::dense_is_faster(p, x.shape()[batch_first ? 0 : 1])) {
    return dense_product(to_dense(p, s.values), x, turned, batch_first);
  }
  SparseMatmul operation;
  operation.pattern = ops::shape_of(s.pattern);
  operation.transposed = turned;
  operation.batch_first = batch_first;
  std::vector<Tensor> inputs =
      ops::inputs_of(s.pattern, {s.values, s.scales ? s.scales : s.values, x});
  if (turned) {
    const TransposedTensors t = transposed(s.pattern);
    inputs.insert(inputs.end(), {t.starts, t.rows, t.places});
  }
  return apply(std::move(operation), std::move(inputs));
}

std::vector<TensorSpec> SparseMatmul::infer(std::span<const TensorSpec> in) const {
  const TensorSpec& values = in[2];
  const TensorSpec& x = in[4];
  const bool csr = pattern.kind == SparsePattern::Kind::csr;
  const Shape expected = csr ? in[1].shape : Shape{pattern.rows, pattern.width};
  require(values.shape == expected && (is_float(values.dtype) || is_packed(values.dtype)),
          fmt::format("sparse_matmul: values do not fit (got {}, expected {})", values.text(),
                      expected.text()));
  if (is_packed(values.dtype)) {
    require(!csr,
            fmt::format("sparse_matmul: csr takes f32 or f16 values (got {})", values.text()));
    require(in[3].dtype == DType::f32 && in[3].shape == Shape{pattern.rows},
            fmt::format("sparse_matmul: codes need a scale a row (got {}, expected f32[{}])",
                        in[3].text(), pattern.rows));
  }
  require(x.dtype == DType::f32 && x.shape.rank() == 2 && x.shape[batch_first ? 1 : 0] == cols(),
          fmt::format("sparse_matmul: the dense operand does not fit (got {} for {} columns)",
                      x.text(), cols()));
  if (batch_first) return {{{x.shape[0], rows()}, DType::f32}};
  return {{{rows(), x.shape[1]}, DType::f32}};
}

// Bindings 0 to 6 of both kernels.
void SparseMatmul::bind(Dispatch& launch, const LowerContext& c) const {
  if (transposed) {
    launch.read(5).read(6).read(7);
  } else {
    launch.read(0).read(1).read(1);
  }
  launch.read(2).read(3).read(4).write(0);
  const auto nonzeros = static_cast<double>(entries(c));
  launch.cost(
      2 * nonzeros * static_cast<double>(batch(c)),
      static_cast<double>(c.in[1].bytes() + c.in[2].bytes() + c.in[4].bytes() + c.out[0].bytes()));
}

shaders::SparseFormat params_of(const SparseMatmul& op, DType values) {
  shaders::SparseFormat f = op.pattern.params(values);
  f.rows = word(op.rows());
  f.cols = word(op.cols());
  return f;
}

// One invocation for a few columns of a row.
Dispatch SparseMatmul::direct(const LowerContext& c) const {
  const std::int64_t n = batch(c);
  const std::int64_t each = n >= 4 ? 4 : n >= 2 ? 2 : 1;
  const std::int64_t runs = ceil_div(n, each);
  // Neighbours read neighbouring columns of x, unless there are too few or they are not neighbours.
  const bool along_rows = batch_first || runs < 4;
  std::vector<std::string> candidates{"baseline"};
  if (c.target.is_cpu() && n % 2 == 0 && n >= 2 && !batch_first) {
    candidates.insert(candidates.begin(), "int64");
  } else if (c.target.has("spmm", "int64") && n % 2 == 0 && n >= 2 && !batch_first) {
    candidates.emplace_back("int64");
  }
  const std::uint32_t local = ops::local_size(c.target);
  Dispatch launch = dispatch("spmm", c, candidates);
  launch
      .specialize(local, transposed ? shaders::FORMAT_BY_COLUMN : pattern.format(), pattern.n,
                  pattern.m, c.in[2].dtype, batch_first ? 1 : 0, along_rows ? 1 : 0, each)
      .push(shaders::SpmmParams{params_of(*this, c.in[2].dtype), word(n)})
      .linear_groups(ceil_div(rows() * runs, local));
  bind(launch, c);
  return launch;
}

Dispatch SparseMatmul::staged(const LowerContext& c) const {
  const std::int64_t n = batch(c);
  const ops::Staging s = ops::staging(c.target, cols(), n, transposed ? 1 : pattern.m);
  // Rows enough that copying x is little beside reading the entries, and groups enough for a few
  // threads.
  const double per_row =
      std::max(1.0, static_cast<double>(entries(c)) / static_cast<double>(rows()));
  const auto rows_wanted = static_cast<std::int64_t>(64.0 * static_cast<double>(cols()) / per_row);
  const std::int64_t tiles = ceil_div(n, s.local * s.columns);
  const std::int64_t rows_each =
      std::clamp<std::int64_t>(rows_wanted, ceil_div(rows() * tiles, 64),
                               std::max<std::int64_t>(1, ceil_div(rows() * tiles, 8)));
  const std::uint32_t subgroup = c.target.limits.subgroup_size;
  std::vector<std::string> candidates;
  if (subgroup >= s.lanes && s.local % subgroup == 0) {
    if (s.columns % 2 == 0 && (batch_first ? cols() : n) % 2 == 0) candidates.emplace_back("int64");
    candidates.emplace_back("subgroup");
  }
  candidates.emplace_back("baseline");
  Dispatch launch = dispatch("spmm_staged", c, candidates);
  launch
      .specialize(s.local, transposed ? shaders::FORMAT_BY_COLUMN : pattern.format(), pattern.n,
                  pattern.m, c.in[2].dtype, batch_first ? 1 : 0, s.depth, s.columns, s.lanes)
      .push(shaders::SpmmStagedParams{params_of(*this, c.in[2].dtype), word(n), word(rows_each),
                                      word(s.panel)})
      .linear_groups(tiles * ceil_div(rows(), rows_each));
  bind(launch, c);
  return launch;
}

std::vector<Dispatch> SparseMatmul::lower(const LowerContext& c) const {
  if (c.out[0].shape.count() == 0) return {};
  if (entries(c) == 0) return ops::zeros(c);
  // Staging pays where each value of x is read a few times.
  const bool stage = c.target.is_cpu() && batch(c) >= 4 && entries(c) >= 4 * cols();
  return {stage ? staged(c) : direct(c)};
}

// y = S x: dx = S^T dy, dv = dy x^T at the entries; z = S^T y: dy = S dz, dv = y dz^T there.
std::vector<Tensor> SparseMatmul::gradient(const GradientContext& g) const {
  std::vector<Tensor> grads(g.inputs.size());
  SparseMatrix s{ops::pattern_of(pattern, g.inputs[0], g.inputs[1]), g.inputs[2], {}};
  const bool coded = is_packed(s.values.dtype());
  if (coded) s.scales = g.inputs[3];
  const Tensor& x = g.inputs[4];
  const Tensor& dy = g.grads[0];
  if (g.needs(4)) grads[4] = product(s, dy, !transposed, batch_first);
  if (g.needs(2) && s.values.dtype() == DType::f32) {
    const Tensor by_row = transposed ? x : dy;
    const Tensor by_column = transposed ? dy : x;
    grads[2] = batch_first ? sampled_matmul(s.pattern, transpose(by_row), transpose(by_column))
                           : sampled_matmul(s.pattern, by_row, by_column);
  }
  return grads;
}

}  // namespace

Tensor sparse_matmul(const SparseMatrix& s, const Tensor& x) {
  return product(s, x, false, false);
}

Tensor sparse_linear(const Tensor& x, const SparseMatrix& s) {
  return product(s, x, false, true);
}

Tensor sparse_matmul_transposed(const SparseMatrix& s, const Tensor& y) {
  return product(s, y, true, false);
}

Tensor sparse_linear_transposed(const Tensor& y, const SparseMatrix& s) {
  return product(s, y, true, true);
}

}  // namespace ridgeback
