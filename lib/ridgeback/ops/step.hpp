// SPDX-License-Identifier: Apache-2.0
// Values that change from step to step, as scalar tensors of the graph.
#pragma once

#include "ridgeback/graph/tensor.hpp"

#include <cstdint>

namespace ridgeback {

enum class StepField : std::uint8_t { step, learning_rate, lambda_scale };

/// A field of StepParams as an f32 scalar; it is read at each run. The step number is exact up to
/// 2^24. No gradient.
[[nodiscard]] Tensor step_value(StepField field);

/// StepParams::user[index], 0 <= index < 8.
[[nodiscard]] Tensor step_user(int index);

}  // namespace ridgeback
