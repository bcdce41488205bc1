// SPDX-License-Identifier: Apache-2.0
#include "training_steps.hpp"

#include "ridgeback/core/pass_names.hpp"

namespace ridgeback::cli {

std::vector<TrainingStep> training_steps(const ModelChoice& model, optim::Optimizer& optimizer,
                                         const train::FitOptions& fit) {
  const bool between = fit.sparse_path && fit.refresh_every > 1;
  nn::PatternStore patterns;
  const auto step = [&](nn::SparseStep sparse) {
    return train::build_step(*model.module, optimizer, model.sample, fit.batch, fit.clip_norm,
                             {sparse, between ? &patterns : nullptr});
  };
  // In this order: the steps between need the patterns of the full ones.
  std::vector<TrainingStep> steps{
      {"training step", step(fit.sparse_path ? nn::SparseStep::full : nn::SparseStep::none)}};
  if (between) steps.push_back({"training step between refreshes", step(nn::SparseStep::kept)});
  return steps;
}

std::vector<std::string_view> disabled_passes(const train::FitOptions& fit) {
  if (fit.simulate) return {simulated_pass};
  return {};
}

}  // namespace ridgeback::cli
