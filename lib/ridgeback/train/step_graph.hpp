// SPDX-License-Identifier: Apache-2.0
// The graph of one training step: forward, loss, gradients, updates.
#pragma once

#include "ridgeback/nn/module.hpp"
#include "ridgeback/optim/optimizer.hpp"
#include "ridgeback/train/sample_spec.hpp"

#include <functional>
#include <vector>

namespace ridgeback::train {

struct StepGraph {
  Tensor images;  ///< input [batch, sample_size]; of text: tokens u32 [batch, context]
  Tensor labels;  ///< input u32 [batch]; of text: [batch * context]
  Tensor loss;    ///< scalar: mean cross entropy
  /// Scalar: the sum of the squares of all gradients, before clipping.
  Tensor gradient_squares;
  /// Scalar: 1 where the loss or a gradient is NaN or infinite, else 0. Then the updates change
  /// nothing.
  Tensor skipped;
  std::vector<Assignment> updates;
};

/// What a forward pass reads.
struct StepInputs {
  SampleSpec sample;
  Tensor images;  ///< as in StepGraph
  Tensor labels;
};
[[nodiscard]] StepInputs step_inputs(const SampleSpec& sample, std::int64_t batch);

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

/// A trained tensor that does not influence the loss has a gradient of 0. In a kept step
/// (SparseStep) gradients, their norm and the optimizer's step are those of kept weights.
[[nodiscard]] StepGraph build_step(const nn::Module& module, optim::Optimizer& optimizer,
                                   const SampleSpec& sample, std::int64_t batch, double clip_norm,
                                   const SparseOptions& sparse = {}, const Adjust& adjust = {});

}  // namespace ridgeback::train
