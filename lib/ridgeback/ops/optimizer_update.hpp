// SPDX-License-Identifier: Apache-2.0
// What an optimizer's update operation computes, for passes that make it part of larger ones. For
// sources of ops and quant only.
#pragma once

#include "ridgeback/graph/operation.hpp"

#include <cstdint>
#include <optional>

namespace ridgeback::ops {

/// The inputs of such an operation are the parameter, its states, its gradient and the step
/// parameters; the outputs the new parameter and the new states (optimizer_steps.hpp).
struct OptimizerUpdate {
  enum class Kind : std::uint8_t { sgd, momentum, adam };
  Kind kind = Kind::sgd;
  bool option = false;  ///< nesterov of momentum, decoupled of adam
  float rate_scale = 1;
  float weight_decay = 0;
  float first = 0;       ///< momentum or beta1
  float second = 0;      ///< beta2
  float rest_first = 0;  ///< 1 - beta1, rounded once
  float rest_second = 0;
  float log_first = 0;  ///< natural logarithm of beta1, computed in double precision
  float log_second = 0;
  float epsilon = 0;

  bool operator==(const OptimizerUpdate&) const = default;
  [[nodiscard]] int states() const { return static_cast<int>(kind); }
  [[nodiscard]] int gradient_input() const { return states() + 1; }
  [[nodiscard]] int step_input() const { return states() + 2; }
};

/// Of sgd_step() and adam_step(); nothing for any other operation.
[[nodiscard]] std::optional<OptimizerUpdate> optimizer_update(const Operation& operation);

}  // namespace ridgeback::ops
