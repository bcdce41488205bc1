// SPDX-License-Identifier: Apache-2.0
// Sparse times dense, and the transpose of the sparse matrix times dense.
#include "ridgeback/core/bits.hpp"
#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/operation.hpp"
#include "ridgeback/ops/gradient.hpp"
#include "ridgeback/ops/launch.hpp"
#include "ridgeback/ops/layout.hpp"
#include "ridgeback/ops/matmul.hpp"
#include "ridgeback/ops/sparse.hpp"
#include "ridgeback/ops/sparse_blocks.hpp"
#include "ridgeback/ops/sparse_format.hpp"

#include <algorithm>
#include <fmt/core.h>

#include "sparse/spmm.h"

namespace ridgeback {
namespace {

using ops::PatternShape;

std::uint32_t word(std::int64_t value) {
  return static_cast<std::uint32_t>(value);
}

// y = S x, or S^T x where `transposed`. Inputs: starts, columns, values, scales (the values again
// where there are none), x; where by_column starts, rows and places by column; where dense_gradient
// the dense matrix that takes the gradient.
struct SparseMatmul final : OperationOf<SparseMatmul> {
  PatternShape pattern;
  bool transposed = false;
  bool by_column = false;
  bool dense_gradient = false;

  bool operator==(const SparseMatmul&) const = default;
  [[nodiscard]] std::string_view name() const override { return "sparse_matmul"; }
  [[nodiscard]] std::string attributes() const override {
    return pattern.text() + (transposed ? ",transposed" : "") +
           (dense_gradient ? ",dense gradient" : "");
  }
  [[nodiscard]] std::int64_t rows() const { return transposed ? pattern.cols : pattern.rows; }
  [[nodiscard]] std::int64_t cols() const { return transposed ? pattern.rows : pattern.cols; }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override;
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& context) const override;
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& context) const override;

 private:
  void bind(Dispatch& launch, const LowerContext& context) const;
  [[nodiscard]] std::int64_t entries(const LowerContext& c) const {
    return pattern.kind == SparsePattern::Kind::csr ? c.in[1].shape[0]
                                                    : pattern.rows * pattern.width;
  }
  [[nodiscard]] static std::int64_t batch(const LowerContext& c) { return c.out[0].shape[1]; }
};

// Whether S x or, where `turned`, S^T x is better made densely. What does not fit is refused when
// the operation is made, in the terms of the caller.
bool made_densely(const SparseMatrix& s, bool turned, std::int64_t depth, std::int64_t n) {
  const SparsePattern& p = s.pattern;
  return s.values.spec() == TensorSpec{p.values_shape()} && depth == (turned ? p.rows : p.cols) &&
         ops::dense_is_faster(p, n, ops::AtHand::entries);
}

// `dense`, unless it is null, takes the gradient of S.
Tensor sparse_product(const SparseMatrix& s, const Tensor& x, bool turned, const Tensor& dense) {
  SparseMatmul operation;
  operation.pattern = ops::shape_of(s.pattern);
  operation.transposed = turned;
  operation.by_column = turned || s.pattern.by_column.starts;
  operation.dense_gradient = static_cast<bool>(dense);
  std::vector<Tensor> inputs =
      ops::inputs_of(s.pattern, {s.values, s.scales ? s.scales : s.values, x});
  if (operation.by_column) {
    const TransposedTensors t = transposed(s.pattern);
    inputs.insert(inputs.end(), {t.starts, t.rows, t.places});
  }
  if (dense) inputs.push_back(dense);
  return apply(std::move(operation), std::move(inputs));
}

Tensor product(const SparseMatrix& s, const Tensor& x, bool turned) {
  const Shape& shape = x.shape();
  if (shape.rank() == 2 && made_densely(s, turned, shape[0], shape[1])) {
    const Tensor dense = to_dense(s.pattern, s.values);
    return matmul(turned ? transpose(dense) : dense, x);
  }
  return sparse_product(s, x, turned, {});
}

// The same with a sample a row of x. Kernels want neighbouring columns of x: a transpose costs
// little beside the product, and backward needs it too.
Tensor linear_product(const SparseMatrix& s, const Tensor& x, bool turned) {
  const Shape& shape = x.shape();
  require(shape.rank() == 2,
          fmt::format("sparse_matmul: expected a matrix (got {})", x.spec().text()));
  if (made_densely(s, turned, shape[1], shape[0])) {
    const Tensor dense = to_dense(s.pattern, s.values);
    return matmul(x, turned ? dense : transpose(dense));
  }
  return transpose(product(s, transpose(x), turned));
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
  require(x.dtype == DType::f32 && x.shape.rank() == 2 && x.shape[0] == cols(),
          fmt::format("sparse_matmul: the dense operand does not fit (got {} for {} columns)",
                      x.text(), cols()));
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

std::vector<Dispatch> SparseMatmul::lower(const LowerContext& c) const {
  if (c.out[0].shape.count() == 0) return {};
  if (entries(c) == 0) return ops::zeros(c);
  if (pattern.kind == SparsePattern::Kind::blocks) {
    ops::BlockInputs inputs{1, 2, 3, 4, {}};
    if (transposed) inputs.transposed = {5, 6, 7};
    return {ops::blocks_times_dense(c, pattern, inputs)};
  }
  const std::int64_t n = batch(c);
  std::vector<std::string> candidates{"baseline", "texel"};
  if (c.target.is_cpu()) std::ranges::reverse(candidates);
  Dispatch launch = dispatch("spmm", c, candidates);
  // Columns that an invocation makes. As texels up to 32: entries then cost little beside x.
  const bool texel = launch.variant == "texel";
  const std::int64_t most = texel ? 32 : 4;
  std::int64_t each = texel ? 4 : 1;
  while (each < most && each * (texel ? 4 : 1) < n) each *= 2;
  const std::int64_t runs = ceil_div(n, each);
  // Neighbours read neighbouring columns of x, unless there are too few.
  const bool along_rows = runs < 4;
  const std::uint32_t local = ops::local_size(c.target);
  launch
      .specialize(local, transposed ? shaders::FORMAT_BY_COLUMN : pattern.format(), pattern.n,
                  pattern.m, c.in[2].dtype, along_rows ? 1 : 0, each)
      .push(shaders::SpmmParams{params_of(*this, c.in[2].dtype), word(n)})
      .linear_groups(ceil_div(rows() * runs, local));
  if (texel) launch.specialize(n % 4 == 0 ? 1 : 0, n % 2 == 0 ? 1 : 0);
  bind(launch, c);
  return {launch};
}

// y = S x: dx = S^T dy, dv = dy x^T at the entries; z = S^T y: dy = S dz, dv = y dz^T there.
std::vector<Tensor> SparseMatmul::gradient(const GradientContext& g) const {
  std::vector<Tensor> grads(g.inputs.size());
  SparseMatrix s{ops::pattern_of(pattern, g.inputs[0], g.inputs[1]), g.inputs[2], {}};
  const bool coded = is_packed(s.values.dtype());
  if (coded) s.scales = g.inputs[3];
  if (by_column) s.pattern.by_column = {g.inputs[5], g.inputs[6], g.inputs[7]};
  const Tensor& x = g.inputs[4];
  const Tensor& dy = g.grads[0];
  if (g.needs(4)) grads[4] = product(s, dy, !transposed);
  if (g.needs(2) && s.values.dtype() == DType::f32) {
    grads[2] = transposed ? sampled_matmul(s.pattern, x, dy) : sampled_matmul(s.pattern, dy, x);
  }
  if (dense_gradient && g.needs(static_cast<int>(grads.size()) - 1)) {
    grads.back() = matmul(dy, transpose(x));
  }
  return grads;
}

}  // namespace

Tensor sparse_matmul(const SparseMatrix& s, const Tensor& x) {
  return product(s, x, false);
}

Tensor sparse_linear(const Tensor& x, const SparseMatrix& s) {
  return linear_product(s, x, false);
}

Tensor pruned_linear(const Tensor& x, const Tensor& w, const SparsePattern& pattern) {
  const Shape& shape = x.shape();
  require(shape.rank() == 2 && shape[1] == pattern.cols &&
              w.spec() == TensorSpec{{pattern.rows, pattern.cols}},
          fmt::format("pruned_linear: operands do not fit (got {} and {} for {}x{})",
                      x.spec().text(), w.spec().text(), pattern.rows, pattern.cols));
  if (ops::dense_is_faster(pattern, shape[0], ops::AtHand::matrix)) {
    return matmul(x, transpose(w));
  }
  const SparseMatrix s{pattern, stop_gradient(entries_of(pattern, w))};
  return transpose(sparse_product(s, transpose(x), false, w));
}

Tensor sparse_matmul_transposed(const SparseMatrix& s, const Tensor& y) {
  return product(s, y, true);
}

Tensor sparse_linear_transposed(const Tensor& y, const SparseMatrix& s) {
  return linear_product(s, y, true);
}

}  // namespace ridgeback
