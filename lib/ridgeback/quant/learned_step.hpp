// SPDX-License-Identifier: Apache-2.0
// LSQ, "Learned Step Size Quantization" (Esser et al., ICLR 2020): the gradient of the step.
#pragma once

#include "ridgeback/graph/tensor.hpp"
#include "ridgeback/quant/perturbation.hpp"

namespace ridgeback::quant {

/// What the gradient rule of perturb() has at hand.
struct LearnedStepInputs {
  Tensor grad;    ///< of x_hat
  Tensor x_grad;  ///< of x: `grad` where x lies in the range, else 0
  Tensor x;
  Tensor codes;
  Tensor factors;
  Tensor mask;   ///< b1, or null
  Tensor range;  ///< as learned_range() made it
};

/// The gradient of the range, all of it in its high end: with t the largest code, s the step,
///   dL/ds = g sum_j G_j ((x_hat_j - x_j) / s where x_j lies in the range, else x_hat_j / s)
///   g = 1 / sqrt(n t), n the values of a channel (of a tensor: of all of it)
/// and dL/dhigh = dL/ds / t. Pruned values count nothing.
[[nodiscard]] Tensor learned_range_gradient(const LearnedStepInputs& in,
                                            const Perturbation& options);

}  // namespace ridgeback::quant
