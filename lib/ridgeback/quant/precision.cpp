// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/precision.hpp"

#include "ridgeback/core/error.hpp"

#include <fmt/core.h>

namespace ridgeback::quant {
namespace {

constexpr float pokebnn_bound = 3;

Group group_of(Group own, Group common) {
  return own.kind == Group::Kind::automatic ? common : own;
}

Estimator estimator_of_weight(const Precision& p) {
  return p.weight_estimator.value_or(p.estimator);
}

Estimator estimator_of_activation(const Precision& p) {
  const Estimator estimator = p.activation_estimator.value_or(p.estimator);
  if (!is_custom_gradient(estimator)) return estimator;
  require(!p.activation_estimator,
          fmt::format("precision: custom gradient estimators are for weights (got {} for "
                      "activations)",
                      name(estimator)));
  return Estimator::straight_through;
}

// One option serves both operands, and only the denoising estimator has a choice.
Backward backward_of(const Precision& p, const std::optional<Backward>& own, Estimator estimator) {
  return estimator == Estimator::denoise ? own.value_or(p.backward) : Backward::full;
}

// Of the operands that are straight-through ones, if any is.
bool clipped_of(const Precision& p, Estimator estimator) {
  const bool any = estimator_of_weight(p) == Estimator::straight_through ||
                   estimator_of_activation(p) == Estimator::straight_through;
  return p.clipped && (estimator == Estimator::straight_through || !any);
}

ValueRange range_of(ValueRange own, ValueRange common) {
  return own.kind == ValueRange::Kind::automatic ? common : own;
}

}  // namespace

Perturbation Precision::weight() const {
  const Estimator of_weight = estimator_of_weight(*this);
  const bool bound = of_weight == Estimator::pokebnn;  // by its largest weight
  Perturbation p{.bits = weights,
                 .codebook = weight_codebook,
                 .group = group_of(weight_group, group),
                 .sparsity = sparsity,
                 .lambda = weight_lambda ? weight_lambda : lambda,
                 .estimator = of_weight,
                 .backward = backward_of(*this, weight_backward, of_weight),
                 .clipped = clipped_of(*this, of_weight),
                 .rounding = weight_rounding.value_or(rounding),
                 .range = range_of(weight_range, bound ? ValueRange{} : range),
                 .shape = shape};
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
  const Estimator of_activation = estimator_of_activation(*this);
  Perturbation p{.bits = activations,
                 .codebook = activation_codebook,
                 .group = group_of(activation_group, group),
                 .lambda = activation_lambda ? activation_lambda : lambda,
                 .estimator = of_activation,
                 .backward = backward_of(*this, activation_backward, of_activation),
                 .clipped = clipped_of(*this, of_activation),
                 .rounding = activation_rounding.value_or(rounding),
                 .timesteps = timesteps,
                 .range = range_of(activation_range, range)};
  if (of_activation == Estimator::pokebnn && p.range.kind == ValueRange::Kind::automatic)
    p.range = ValueRange::fixed(pokebnn_bound);
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
  std::string of_gradients;
  if (precision.gradients != unquantized_bits) {
    of_gradients = fmt::format(" dY{}", precision.gradients);
    if (precision.gradient_rounding != Rounding::stochastic) of_gradients += " nearest";
    if (precision.gradient_range != GradientRange::dynamic) of_gradients += " hindsight";
  }
  if (precision.is_identity()) return "fp32" + of_gradients;
  const Perturbation w = precision.weight();
  const Perturbation a = precision.activation();
  std::string text =
      fmt::format("A{}W{}", bits_text(precision.activations), bits_text(precision.weights));
  if (precision.timesteps > 1) text += fmt::format(" {} steps", precision.timesteps);
  if (w.sparsity.kind != Sparsity::Kind::none)
    text += fmt::format(" sparse {}", quant::text(w.sparsity));
  const auto operand = [](const Perturbation& p) {
    if (p.is_identity()) return std::string("f32");
    std::string codes = fmt::format("{}/{}", name(p.codebook), quant::text(p.group));
    if (p.range.kind != ValueRange::Kind::automatic) codes += " " + quant::text(p.range);
    if (p.rounding == Rounding::stochastic) codes += " stochastic";
    return codes;
  };
  text += operand(a) == operand(w) ? fmt::format(" {}", operand(a))
                                   : fmt::format(" {} x {}", operand(a), operand(w));
  if (precision.estimator != Estimator::denoise) {
    text += fmt::format(" {}", name(precision.estimator));
  } else if (precision.backward != Backward::full) {
    text += fmt::format(" {}", name(precision.backward));
  }
  return text + of_gradients;
}

}  // namespace ridgeback::quant
