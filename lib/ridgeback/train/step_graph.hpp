// SPDX-License-Identifier: Apache-2.0
// The graph of one training step: forward, loss, gradients, updates.
#pragma once

#include "ridgeback/nn/module.hpp"
#include "ridgeback/optim/optimizer.hpp"

#include <vector>

namespace ridgeback::train {

struct StepGraph {
  Tensor images;  ///< input [batch, sample_size]
  Tensor labels;  ///< input u32 [batch]
  Tensor loss;    ///< scalar: mean cross entropy
  std::vector<Assignment> updates;
};

/// How a step treats pruned weights (nn/sparse_step.hpp).
struct SparseOptions {
  nn::SparseStep step = nn::SparseStep::none;
  nn::PatternStore* patterns = nullptr;
};

/// Every trained tensor gets a gradient or is refused: throws InvalidArgument naming one that does
/// not influence the loss. In a kept step (SparseStep) gradients, their norm and the optimizer's
/// step are those of kept weights.
[[nodiscard]] StepGraph build_step(const nn::Module& module, optim::Optimizer& optimizer,
                                   std::int64_t sample_size, std::int64_t batch, double clip_norm,
                                   const SparseOptions& sparse = {});

}  // namespace ridgeback::train
