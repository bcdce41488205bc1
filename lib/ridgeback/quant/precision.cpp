// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/precision.hpp"

#include "ridgeback/core/error.hpp"

#include <fmt/core.h>

namespace ridgeback::quant {
namespace {

Group group_of(Group own, Group common) {
  return own.kind == Group::Kind::automatic ? common : own;
}

Backward backward_of(const Precision& p, const std::optional<Backward>& own) {
  return p.estimator == Estimator::straight_through ? Backward::full : own.value_or(p.backward);
}

}  // namespace

Perturbation Precision::weight() const {
  Perturbation p{.bits = weights,
                 .codebook = weight_codebook,
                 .group = group_of(weight_group, group),
                 .sparsity = sparsity,
                 .lambda = weight_lambda ? weight_lambda : lambda,
                 .estimator = estimator,
                 .backward = backward_of(*this, weight_backward),
                 .clipped = clipped,
                 .rounding = weight_rounding.value_or(rounding)};
  if (p.is_identity()) return {};
  const bool dense = sparsity.kind == Sparsity::Kind::none;
  if (p.codebook == Codebook::automatic && weights != ternary_bits && weights != unquantized_bits &&
      (dense || !is_affine(codebook))) {
    p.codebook = codebook;
  }
  return p.resolved();
}

Perturbation Precision::activation() const {
  require(timesteps == 1 || activations != unquantized_bits,
          fmt::format("precision: activations of 32 bits make no train of {} time steps; give them "
                      "bits",
                      timesteps));
  if (activations == unquantized_bits) return {};
  Perturbation p{.bits = activations,
                 .codebook = activation_codebook,
                 .group = group_of(activation_group, group),
                 .lambda = activation_lambda ? activation_lambda : lambda,
                 .estimator = estimator,
                 .backward = backward_of(*this, activation_backward),
                 .clipped = clipped,
                 .rounding = activation_rounding.value_or(rounding),
                 .timesteps = timesteps};
  if (p.codebook == Codebook::automatic && activations != ternary_bits) p.codebook = codebook;
  require(
      p.group.kind != Group::Kind::tensor,
      "precision: one group for a whole tensor of activations makes a code depend on the rest of "
      "the batch; give the group of the weights alone");
  return p.resolved();
}

GradientCode Precision::gradient() const {
  const GradientCode code{gradients, gradient_rounding, gradient_range, gradient_momentum};
  code.check();
  return code;
}

bool Precision::is_identity() const {
  return activations == unquantized_bits && weights == unquantized_bits &&
         sparsity.kind == Sparsity::Kind::none;
}

std::string short_text(const Precision& precision) {
  if (precision.is_identity()) return "fp32";
  const Perturbation w = precision.weight();
  const Perturbation a = precision.activation();
  std::string text =
      fmt::format("A{}W{}", bits_text(precision.activations), bits_text(precision.weights));
  if (precision.timesteps > 1) text += fmt::format(" {} steps", precision.timesteps);
  if (w.sparsity.kind != Sparsity::Kind::none)
    text += fmt::format(" sparse {}", quant::text(w.sparsity));
  const auto operand = [](const Perturbation& p) {
    return p.is_identity() ? std::string("f32")
                           : fmt::format("{}/{}", name(p.codebook), quant::text(p.group));
  };
  text += operand(a) == operand(w) ? fmt::format(" {}", operand(a))
                                   : fmt::format(" {} x {}", operand(a), operand(w));
  if (precision.estimator != Estimator::denoise) {
    text += " ste";
  } else if (precision.backward != Backward::full) {
    text += fmt::format(" {}", name(precision.backward));
  }
  if (precision.gradients != unquantized_bits) {
    text += fmt::format(" dY{}", precision.gradients);
    if (precision.gradient_rounding != Rounding::stochastic) text += " nearest";
    if (precision.gradient_range != GradientRange::dynamic) text += " hindsight";
  }
  return text;
}

}  // namespace ridgeback::quant
