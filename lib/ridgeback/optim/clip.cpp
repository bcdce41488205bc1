// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/optim/clip.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/sum_of_all.hpp"

#include <fmt/core.h>

namespace ridgeback::optim {

Tensor sum_of_squares(std::span<const Tensor> gradients) {
  std::vector<Summand> summands;
  for (const Tensor& gradient : gradients) {
    if (gradient) summands.push_back({gradient, true});
  }
  return sum_of_all(summands);
}

Clipped clip_by_global_norm(std::span<const Tensor> gradients, float max_norm) {
  require(max_norm > 0,
          fmt::format("clip_by_global_norm: max_norm must be above 0 (got {})", max_norm));
  Clipped clipped;
  clipped.norm = sqrt(sum_of_squares(gradients));
  const Tensor scale = minimum(max_norm / (clipped.norm + 1e-6F), 1.0F);
  for (const Tensor& gradient : gradients)
    clipped.gradients.push_back(gradient ? gradient * scale : Tensor{});
  return clipped;
}

std::vector<Tensor> clip_by_value(std::span<const Tensor> gradients, float limit) {
  require(limit > 0, fmt::format("clip_by_value: limit must be above 0 (got {})", limit));
  std::vector<Tensor> clipped;
  for (const Tensor& gradient : gradients)
    clipped.push_back(gradient ? clamp(gradient, -limit, limit) : Tensor{});
  return clipped;
}

}  // namespace ridgeback::optim
