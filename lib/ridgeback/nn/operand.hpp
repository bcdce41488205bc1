// SPDX-License-Identifier: Apache-2.0
// Operands of quantized layers: perturbed as the forward pass wants it, known to those who look on.
#pragma once

#include "ridgeback/nn/context.hpp"
#include "ridgeback/nn/operand_range.hpp"

#include <string>

namespace ridgeback::nn {

/// What the forward pass uses of a layer's own perturbation (Context::adjust). Evaluation draws
/// nothing: it rounds to the nearest.
[[nodiscard]] quant::Perturbation used_perturbation(const quant::Perturbation& own,
                                                    const Context& context);
/// The inputs of perturb() for it; takes a stream of the context where training draws.
[[nodiscard]] quant::PerturbInputs inputs_of(const quant::Perturbation& own, Context& context);

/// The denoised value of x; x itself for an identity. `name` is relative to the module, `own` what
/// the layer was made with (resolved, or the identity), `range` what the layer keeps for it:
/// without, ranges that have a state and learned steps are refused.
[[nodiscard]] Tensor denoised(const std::string& name, const Tensor& x,
                              const quant::Perturbation& own, Context& context,
                              const OperandRange* range = nullptr);

/// The same of a parameter, whose codes and factors are frozen as "NAME.codes" and "NAME.factors",
/// the parameter as "NAME" where it is not perturbed.
[[nodiscard]] Tensor denoised_weight(const std::string& name, const Tensor& weight,
                                     const quant::Perturbation& own, Context& context,
                                     const OperandRange* range = nullptr);

}  // namespace ridgeback::nn
