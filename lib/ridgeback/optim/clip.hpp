// SPDX-License-Identifier: Apache-2.0
// Gradient clipping, as operations of the step's graph.
#pragma once

#include "ridgeback/graph/tensor.hpp"

#include <span>
#include <vector>

namespace ridgeback::optim {

/// The sum of the squares of all elements of all gradients, a scalar; null ones count as zeros.
[[nodiscard]] Tensor sum_of_squares(std::span<const Tensor> gradients);

struct Clipped {
  std::vector<Tensor> gradients;  ///< null where they were null
  Tensor norm;                    ///< scalar: the global norm before clipping
};

/// Multiplies all gradients by min(1, max_norm / (norm + 1e-6)), where norm is the square root of
/// the sum of the squares of all their elements, as torch.nn.utils.clip_grad_norm_ does.
/// Elements that are not finite stay so. Throws InvalidArgument unless max_norm is above 0.
[[nodiscard]] Clipped clip_by_global_norm(std::span<const Tensor> gradients, float max_norm);

/// Each element to [-limit, limit]. Throws InvalidArgument unless the limit is above 0.
[[nodiscard]] std::vector<Tensor> clip_by_value(std::span<const Tensor> gradients, float limit);

}  // namespace ridgeback::optim
