// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/nn/linear.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/nn/operand.hpp"
#include "ridgeback/ops/ops.hpp"
#include "ridgeback/quant/quant.hpp"
#include "ridgeback/quant/sparsify.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace ridgeback::nn {

namespace {

// Of all weights: with more of them kept the steps of SparseStep take longer than dense ones.
// Measured on lavapipe for 784-2048-2048-10 at batch 256: those that leave a pattern are even at a
// tenth, those between at a quarter. In blocks of 4x4 and 8x8 those between are even at 0.4, and at
// 0.3 one of each is faster than two dense ones.
double most_kept(const quant::Sparsity& sparsity) {
  const bool blocks = sparsity.kind == quant::Sparsity::Kind::blocks &&
                      sparsity.scope != quant::Sparsity::Scope::tensor;
  return blocks && std::min(sparsity.block_rows, sparsity.block_cols) >= 4 ? 0.3 : 0.15;
}

double kept_share(const quant::Sparsity& sparsity) {
  switch (sparsity.kind) {
    case quant::Sparsity::Kind::none:
      break;
    case quant::Sparsity::Kind::fraction:
    case quant::Sparsity::Kind::blocks:
      return 1 - sparsity.zeros;
    case quant::Sparsity::Kind::n_of_m:
      return static_cast<double>(sparsity.n) / sparsity.m;
  }
  return 1;
}

// Affine codes give a pruned weight the mean of its block, not zero: nothing can be skipped.
bool can_skip_pruned(const quant::Perturbation& weights) {
  return kept_share(weights.sparsity) <= most_kept(weights.sparsity) + 1e-9 &&
         !quant::is_affine(weights.codebook);
}

}  // namespace

Linear::Linear(std::int64_t inputs, std::int64_t outputs, const quant::Precision& precision,
               bool bias)
    : Linear(inputs, outputs, precision.weight(), precision.activation(), bias,
             precision.gradient()) {}

Linear::Linear(std::int64_t inputs, std::int64_t outputs, const quant::Perturbation& weights,
               const quant::Perturbation& activations, bool bias,
               const quant::GradientCode& gradients)
    : inputs_(inputs),
      outputs_(outputs),
      weights_(weights.is_identity() ? weights : weights.resolved()),
      activations_(activations.is_identity() ? activations : activations.resolved()),
      weight_range_(OperandRange::Kind::weight, weights_, outputs, inputs),
      activation_range_(OperandRange::Kind::activation, activations_, 1, inputs),
      gradients_(gradients) {
  gradients.check();
  require(
      inputs > 0 && outputs > 0,
      fmt::format("linear: sizes must be above 0 (got {} inputs, {} outputs)", inputs, outputs));
  weight_ = parameter({outputs, inputs}, {}, "weight");
  if (bias) bias_ = parameter({outputs}, {}, "bias");
  if (gradients.is_identity() || gradients.range == quant::GradientRange::dynamic) return;
  ranges_.dx = state({Shape{1}, DType::f32}, "dx_range");
  ranges_.dw = state({Shape{outputs}, DType::f32}, "dw_range");
}

Tensor Linear::sparse_product(const Tensor& x, Context& context) const {
  const std::int64_t rows = x.shape().count() / inputs_;
  const Tensor samples = x.shape().rank() == 2 ? x : reshape(x, {rows, inputs_});
  const std::string name = context.full_name("weight");
  Tensor y;
  if (context.sparse_step() == SparseStep::full) {
    const quant::Perturbed perturbed = quant::perturb(weight_, used_perturbation(weights_, context),
                                                      weight_range_.inputs(weight_, context));
    const SparsePattern pattern =
        quant::pattern_of_mask(perturbed.mask, weights_.sparsity, weights_.group);
    context.leave_pattern({name, weight_, weights_});
    const Tensor w = quant::dequantize(perturbed.codes, perturbed.factors, weights_.group);
    y = pruned_linear(samples, w, pattern);
  } else {
    const LeftPattern left = context.patterns()->stored(name);
    const Tensor values = entries_of(left.pattern, weight_);
    context.train_entries({weight_, left.pattern, values});
    const Tensor w = quant::denoise_entries(values, left.pruned_squares, left.pattern, weights_,
                                            weight_range_.inputs(values, context));
    y = sparse_linear(samples, {left.pattern, w});
  }
  if (!gradients_.is_identity()) {
    const std::uint32_t stream = context.next_stream();
    if (!context.unperturbed()) {
      if (ranges_.dx) context.follow_gradient(ranges_.dx);
      y = quant::quantize_gradient(y, gradients_, stream, ranges_.dx);
    }
  }
  if (x.shape().rank() == 2) return y;
  std::vector<std::int64_t> extents(x.shape().extents().begin(), x.shape().extents().end());
  extents.back() = outputs_;
  return reshape(y, Shape(std::span<const std::int64_t>(extents)));
}

Tensor Linear::product(const Tensor& x, Context& context) const {
  const Tensor w = denoised_weight("weight", weight_, weights_, context, &weight_range_);
  Tensor y = matmul(x, transpose(w));
  if (!context.training() || gradients_.is_identity()) return y;
  const std::uint32_t stream = context.next_stream();
  static_cast<void>(context.next_stream());  // the product of the other operand draws from it
  if (context.unperturbed()) return y;
  for (const Tensor& range : {ranges_.dx, ranges_.dw}) {
    if (range) context.follow_gradient(range);
  }
  return quant::quantize_gradient(y, x, w, gradients_, stream, ranges_);
}

Tensor Linear::forward(const Tensor& x, Context& context) const {
  require(
      x.shape().rank() >= 2 && x.shape()[-1] == inputs_,
      fmt::format("linear: the last axis must have {} values (got {})", inputs_, x.spec().text()));
  const Tensor used = denoised("activation", x, activations_, context, &activation_range_);
  const bool sparse = context.sparse_step() != SparseStep::none && can_skip_pruned(weights_);
  const Tensor y = sparse ? sparse_product(used, context) : product(used, context);
  return bias_ ? y + context.frozen("bias", bias_) : y;
}

void Linear::collect(const std::string& prefix, std::vector<NamedTensor>& tensors) const {
  tensors.push_back({prefix + "weight", weight_, uniform_fan_in(inputs_)});
  if (bias_) tensors.push_back({prefix + "bias", bias_, uniform_fan_in(inputs_)});
  // 0: no step has measured a range yet.
  if (ranges_.dx)
    tensors.push_back({prefix + "dx_range", ranges_.dx, constant_value(0), false, true});
  if (ranges_.dw)
    tensors.push_back({prefix + "dw_range", ranges_.dw, constant_value(0), false, true});
  weight_range_.collect(prefix, tensors);
  activation_range_.collect(prefix, tensors);
}

Description Linear::describe() const {
  Description description{"linear",
                          {{"inputs", std::to_string(inputs_)},
                           {"outputs", std::to_string(outputs_)},
                           {"bias", bias_ ? "true" : "false"},
                           {"weights", quant::text(weights_)},
                           {"activations", quant::text(activations_)}},
                          {}};
  if (!gradients_.is_identity())
    description.settings.emplace_back("gradients", quant::text(gradients_));
  return description;
}

}  // namespace ridgeback::nn
