// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/learned_step.hpp"

#include "ridgeback/core/shape.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/ops.hpp"
#include "ridgeback/quant/quant.hpp"

#include <array>
#include <cmath>

namespace ridgeback::quant {
namespace {

// 1 where kept, f32: a mask is codes of one bit.
Tensor as_floats(const Tensor& mask, std::int64_t rows) {
  const std::array<float, 2> one{1, 0};
  return dequantize(mask, broadcast_to(constant({1, 1, 2}, one), {rows, 1, 2}), Group::channel());
}

}  // namespace

Tensor learned_range_gradient(const LearnedStepInputs& in, const Perturbation& options) {
  const std::int64_t rows = as_matrix(in.x.shape()).rows;
  const std::int64_t cols = as_matrix(in.x.shape()).cols;
  const auto matrix = [&](const Tensor& t) { return reshape(t, {rows, cols}); };
  const std::int64_t steps = in.range.shape()[0];
  const double top = largest_code(options);
  const Tensor high = reshape(slice(in.range, 2, 1, 2), {steps, 1});
  // The codes of minmax begin at 0 here, so x_hat is s times the code.
  const Tensor x_hat = matrix(dequantize(in.codes, in.factors, options.group));
  Tensor terms = matrix(in.grad) * x_hat - matrix(in.x_grad) * matrix(in.x);
  if (in.mask) terms = terms * matrix(as_floats(in.mask, rows));
  const Tensor sums = steps == 1 ? sum(terms, Axes{0, 1}, true) : sum(terms, 1, true);
  const bool whole = options.group.kind == Group::Kind::tensor;
  const double n = static_cast<double>(whole ? rows * cols : cols);
  // dL/dhigh = dL/ds / t and 1 / s = t / high.
  const auto scale = static_cast<float>(1 / std::sqrt(n * top));
  const Tensor of_high = reshape(sums / high * scale, {steps, 1, 1});
  return pad(of_high, {0, 0, 1}, {0, 0, 0});
}

Tensor learned_range(const Tensor& step, const Perturbation& perturbation) {
  const Perturbation p = perturbation.resolved();
  const Tensor high = step * static_cast<float>(largest_code(p));
  const Tensor low = stop_gradient(p.codebook == Codebook::minmax ? high * 0.0F : -high);
  return concat({low, high}, 2);
}

Tensor first_step(const Tensor& x, const Perturbation& perturbation, bool shared) {
  const Perturbation p = perturbation.resolved();
  const auto [rows, cols] = as_matrix(x.shape());
  const bool one = shared || p.group.kind == Group::Kind::tensor;
  const Tensor magnitudes = abs(reshape(x, {rows, cols}));
  const Tensor means = one ? mean(magnitudes, Axes{0, 1}, true) : mean(magnitudes, 1, true);
  const auto scale = static_cast<float>(2 / std::sqrt(static_cast<double>(largest_code(p))));
  return reshape(means * scale, {one ? 1 : rows, 1, 1});
}

}  // namespace ridgeback::quant
