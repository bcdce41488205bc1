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

/// The step parameters of this run for updates that must not be made with bad gradients: updates
/// that read them (optimizer_steps.hpp) leave everything as it is in runs where `checked`, an f32
/// scalar, is NaN or infinite, or where `also` is, if it is given.
[[nodiscard]] Tensor gated_step(const Tensor& checked, const Tensor& also = {});
/// Of what gated_step() gave: 1 in runs where updates leave everything as it is, else 0.
[[nodiscard]] Tensor step_skipped(const Tensor& gated);
/// Whether an operation is that of gated_step(), for passes: inputs are the step parameters and
/// what is checked.
[[nodiscard]] bool is_gate(const Operation& operation);

}  // namespace ridgeback
