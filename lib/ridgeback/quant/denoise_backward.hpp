// SPDX-License-Identifier: Apache-2.0
// The gradient of a denoised value, as an operation of its own.
#pragma once

#include "ridgeback/graph/tensor.hpp"
#include "ridgeback/quant/perturbation.hpp"

namespace ridgeback::quant {

/// The gradient of x from `grad`, the gradient of x_hat, as the options say: `grad` itself for a
/// straight one, else a kernel that reads x, its codes, its stats and, where the scale is live and
/// values are pruned, its mask. `resolved` are the options that perturb() was given. The result of
/// that kernel cannot be differentiated again: asking for it throws Unsupported.
[[nodiscard]] Tensor perturbed_gradient(const Tensor& grad, const Tensor& x, const Tensor& codes,
                                        const Tensor& stats, const Tensor& mask,
                                        const Perturbation& resolved);

}  // namespace ridgeback::quant
