// SPDX-License-Identifier: Apache-2.0
// What the norms share. For sources of ops only.
#pragma once

#include "ridgeback/graph/operation.hpp"

#include <fmt/core.h>

namespace ridgeback::ops {

inline void require_epsilon(std::string_view operation, float epsilon) {
  require(epsilon > 0, fmt::format("{}: epsilon must be above 0 (got {})", operation, epsilon));
}

inline void require_rows(std::string_view operation, const TensorSpec& x) {
  require(x.dtype == DType::f32 && x.shape.rank() > 0,
          fmt::format("{}: x must be f32 with an axis (got {})", operation, x.text()));
}

/// Every one of `in` is f32 [channels].
inline void require_channels(std::string_view operation, std::span<const TensorSpec> in,
                             std::int64_t channels) {
  const TensorSpec expected{{channels}, DType::f32};
  for (const TensorSpec& spec : in) {
    require(spec == expected, fmt::format("{}: one value a channel (got {}, expected {})",
                                          operation, spec.text(), expected.text()));
  }
}

/// Optional inputs come last, in order, and only where they are there.
inline std::vector<Tensor> with_optional(std::vector<Tensor> inputs, const Tensor& first,
                                         const Tensor& second = {}) {
  if (first) inputs.push_back(first);
  if (second) inputs.push_back(second);
  return inputs;
}

}  // namespace ridgeback::ops
