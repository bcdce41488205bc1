// SPDX-License-Identifier: Apache-2.0
// The graph of one training step: forward, loss, gradients, updates.
#pragma once

#include "ridgeback/nn/module.hpp"
#include "ridgeback/optim/optimizer.hpp"

#include <functional>
#include <vector>

namespace ridgeback::train {

struct StepGraph {
  Tensor images;  ///< input [batch, sample_size]
  Tensor labels;  ///< input u32 [batch]
  Tensor loss;    ///< scalar: mean cross entropy
  /// Scalar: the sum of the squares of all gradients, before clipping.
  Tensor gradient_squares;
  /// Scalar: NaN or infinite where the loss or a gradient is. Then the updates change nothing.
  Tensor checked;
  std::vector<Assignment> updates;
};

/// What a forward pass reads.
struct StepInputs {
  Tensor images;  ///< input [batch, sample_size]
  Tensor labels;  ///< input u32 [batch]
};
[[nodiscard]] StepInputs step_inputs(std::int64_t sample_size, std::int64_t batch);

/// The loss of a batch, a scalar.
[[nodiscard]] Tensor step_loss(const nn::Module& module, const StepInputs& inputs,
                               nn::Context& context);

/// What a pass makes of the perturbations of layers (nn::Context::adjust); null for nothing.
using Adjust = std::function<quant::Perturbation(const quant::Perturbation&)>;

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
                                   const SparseOptions& sparse = {}, const Adjust& adjust = {});

}  // namespace ridgeback::train
