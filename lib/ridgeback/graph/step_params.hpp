// SPDX-License-Identifier: Apache-2.0
// Values that change from step to step and that kernels read from one small buffer, so that a
// recorded step can be replayed. shaders/common/step_params.h is the same struct for kernels.
#pragma once

#include <array>
#include <cstdint>

namespace ridgeback {

struct StepParams {
  std::uint32_t step = 0;  ///< 1 for the first training step (Adam's bias correction)
  std::uint32_t seed_low = 0;
  std::uint32_t seed_high = 0;
  float learning_rate = 0;
  float lambda_scale = 1;  ///< multiplies every lambda of the denoising transform
  std::uint32_t reserved[3]{};
  std::array<float, 8> user{};  ///< free for user schedules

  bool operator==(const StepParams&) const = default;
};
static_assert(sizeof(StepParams) == 64);
inline constexpr int step_params_words = sizeof(StepParams) / 4;

}  // namespace ridgeback
