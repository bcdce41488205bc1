// SPDX-License-Identifier: Apache-2.0
// One fused operation for the update of one parameter. All tensors are f32 of the parameter's
// shape; learning rate and step number come from StepParams, so that a recorded step can be
// replayed with others. The outputs may be assigned to the inputs in place. They have no gradient:
// differentiating through an update throws Unsupported.
#pragma once

#include "ridgeback/graph/tensor.hpp"

namespace ridgeback {

/// As torch.optim.SGD with dampening 0: d = g + weight_decay w; v' = momentum v + d;
/// w' = w - rate (nesterov ? d + momentum v' : v').
struct SgdStep {
  float momentum = 0;
  bool nesterov = false;  ///< needs a momentum above 0
  float weight_decay = 0;
  float rate_scale = 1;  ///< rate = rate_scale * StepParams::learning_rate

  bool operator==(const SgdStep&) const = default;
};
struct SgdStepped {
  Tensor parameter;
  Tensor velocity;  ///< null where none was given
};
/// `velocity` is zero before the first step; null for a momentum of 0, which keeps none. `step` are
/// step parameters from gated_step() (step.hpp), or null for those of the run.
[[nodiscard]] SgdStepped sgd_step(const Tensor& parameter, const Tensor& velocity,
                                  const Tensor& gradient, const SgdStep& options,
                                  const Tensor& step = {});

/// As torch.optim.AdamW (decoupled) or torch.optim.Adam, without amsgrad, t = StepParams::step
/// counting from 1: d = g (Adam: + weight_decay w); m' = beta1 m + (1 - beta1) d;
/// v' = beta2 v + (1 - beta2) d^2; w' = w (AdamW: - rate weight_decay w)
/// - rate / (1 - beta1^t) m' / (sqrt(v') / sqrt(1 - beta2^t) + epsilon).
struct AdamStep {
  double beta1 = 0.9;
  double beta2 = 0.999;
  float epsilon = 1e-8F;
  float weight_decay = 0;
  bool decoupled = true;
  float rate_scale = 1;  ///< rate = rate_scale * StepParams::learning_rate

  bool operator==(const AdamStep&) const = default;
};
struct AdamStepped {
  Tensor parameter;
  Tensor mean;
  Tensor square;
};
/// `mean` and `square` are zero before the first step; `step` as for sgd_step.
[[nodiscard]] AdamStepped adam_step(const Tensor& parameter, const Tensor& mean,
                                    const Tensor& square, const Tensor& gradient,
                                    const AdamStep& options, const Tensor& step = {});

}  // namespace ridgeback
