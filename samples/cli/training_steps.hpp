// SPDX-License-Identifier: Apache-2.0
// The graphs of the training steps that `train` runs with some settings, for verbs that look at
// them.
#pragma once

#include "ridgeback/train/step_graph.hpp"
#include "ridgeback/train/trainer.hpp"

#include <string>
#include <string_view>
#include <vector>

#include "recipe.hpp"

namespace ridgeback::cli {

struct TrainingStep {
  std::string label;  ///< "training step"
  train::StepGraph graph;
};

/// One, or with steps between refreshes (--refresh-every) two: that which trains every weight, and
/// that between.
[[nodiscard]] std::vector<TrainingStep> training_steps(const ModelChoice& model,
                                                       optim::Optimizer& optimizer,
                                                       const train::FitOptions& fit);

/// The passes that such a step is compiled without.
[[nodiscard]] std::vector<std::string_view> disabled_passes(const train::FitOptions& fit);

}  // namespace ridgeback::cli
