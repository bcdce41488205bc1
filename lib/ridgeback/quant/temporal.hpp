// SPDX-License-Identifier: Apache-2.0
// Trains of codes: precision bought with time steps.
#pragma once

#include "ridgeback/quant/quant.hpp"

#include <vector>

namespace ridgeback::quant {

/// Step t of a train: r_1 = x, value_t = denoise(code of r_t), r_(t+1) = r_t - value_t.
struct TrainStep {
  Tensor residual;  ///< r_t
  PerturbInputs inputs;
  Perturbed perturbed;
  Tensor value;  ///< dequantized
};

/// A value as Perturbation::timesteps codes of what the codes before leave of it.
struct Train {
  std::vector<TrainStep> steps;
  Tensor value;  ///< the sum of the steps' values
};

/// Each step is perturbed and differentiated as `perturbation` says; the gradient runs through all
/// of them. The forward product of `value` with dequantized weights becomes one product of all
/// steps' codes, row after row, and a sum over the steps (pack_products.hpp); its backward
/// products are made once, not once a step. Throws InvalidArgument for an identity.
[[nodiscard]] Train train_of(const Tensor& x, const Perturbation& perturbation,
                             const PerturbInputs& inputs = {});

}  // namespace ridgeback::quant
