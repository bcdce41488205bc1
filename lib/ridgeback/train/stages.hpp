// SPDX-License-Identifier: Apache-2.0
// What the schedules of a run make of its steps.
#pragma once

#include "ridgeback/nn/module.hpp"
#include "ridgeback/quant/schedule.hpp"
#include "ridgeback/train/step_graph.hpp"
#include "ridgeback/train/trainer.hpp"

#include <optional>
#include <string>

namespace ridgeback::train {

class Stages {
 public:
  /// Reads the schedules. Throws InvalidArgument for bad text, for one of a sparsity that the model
  /// does not have, and where the last of `steps` steps would not be made with the model's own
  /// precision; Unsupported with the sparse path, whose patterns keep their size.
  Stages(const FitOptions& options, const nn::Module& module, const SampleSpec& sample,
         std::int64_t steps, std::int64_t epoch_steps);

  /// Structure of a step, counted from 1: equal stages have equal graphs.
  [[nodiscard]] quant::Stage at(std::int64_t step) const;
  /// For StepParams.
  [[nodiscard]] float lambda_scale(std::int64_t step) const;

  [[nodiscard]] static Adjust adjust(const quant::Stage& stage);
  /// "at least 4 bits, 50 % zeros"
  [[nodiscard]] static std::string text(const quant::Stage& stage);

 private:
  std::int64_t epoch_steps_;
  std::optional<quant::BitsSchedule> bits_;
  std::optional<quant::Ramp> zeros_;
  std::optional<quant::Ramp> lambda_;
};

}  // namespace ridgeback::train
