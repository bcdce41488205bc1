// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/nn/linear.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/ops.hpp"
#include "ridgeback/quant/quant.hpp"

#include <fmt/core.h>

namespace ridgeback::nn {

Linear::Linear(std::int64_t inputs, std::int64_t outputs, const quant::Precision& precision,
               bool bias)
    : Linear(inputs, outputs, precision.weight(), precision.activation(), bias) {}

Linear::Linear(std::int64_t inputs, std::int64_t outputs, const quant::Perturbation& weights,
               const quant::Perturbation& activations, bool bias)
    : inputs_(inputs),
      outputs_(outputs),
      weights_(weights.is_identity() ? weights : weights.resolved()),
      activations_(activations.is_identity() ? activations : activations.resolved()) {
  require(
      inputs > 0 && outputs > 0,
      fmt::format("linear: sizes must be above 0 (got {} inputs, {} outputs)", inputs, outputs));
  weight_ = parameter({outputs, inputs}, {}, "weight");
  if (bias) bias_ = parameter({outputs}, {}, "bias");
}

Tensor Linear::used_weight(Context& context) const {
  if (weights_.is_identity()) return context.frozen("weight", weight_);
  const quant::Perturbed perturbed = quant::perturb(weight_, weights_);
  // One after the other: the order of these calls is the order of the values in a file.
  const Tensor codes = context.frozen("weight.codes", perturbed.codes);
  const Tensor factors = context.frozen("weight.factors", perturbed.factors);
  return quant::dequantize(codes, factors, weights_.group);
}

Tensor Linear::forward(const Tensor& x, Context& context) const {
  require(
      x.shape().rank() >= 2 && x.shape()[-1] == inputs_,
      fmt::format("linear: the last axis must have {} values (got {})", inputs_, x.spec().text()));
  const Tensor w = used_weight(context);
  const Tensor y = matmul(quant::denoise(x, activations_), transpose(w));
  return bias_ ? y + context.frozen("bias", bias_) : y;
}

void Linear::collect(const std::string& prefix, std::vector<NamedTensor>& tensors) const {
  tensors.push_back({prefix + "weight", weight_, uniform_fan_in(inputs_)});
  if (bias_) tensors.push_back({prefix + "bias", bias_, uniform_fan_in(inputs_)});
}

Description Linear::describe() const {
  return {"linear",
          {{"inputs", std::to_string(inputs_)},
           {"outputs", std::to_string(outputs_)},
           {"bias", bias_ ? "true" : "false"},
           {"weights", quant::text(weights_)},
           {"activations", quant::text(activations_)}},
          {}};
}

}  // namespace ridgeback::nn
