// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/temporal.hpp"

#include "ridgeback/ops/elementwise.hpp"

namespace ridgeback::quant {
namespace {

// The streams of a run are few: these are not among them.
PerturbInputs inputs_of_step(PerturbInputs inputs, int step) {
  inputs.stream += static_cast<std::uint32_t>(step) << 24;
  return inputs;
}

}  // namespace

Train train_of(const Tensor& x, const Perturbation& perturbation, const PerturbInputs& inputs) {
  const Perturbation options = perturbation.resolved();
  Perturbation single = options;
  single.timesteps = 1;
  Train train;
  Tensor residual = x;
  for (int t = 0; t < options.timesteps; ++t) {
    if (t > 0) residual = residual - train.steps.back().value;
    TrainStep step{.residual = residual, .inputs = inputs_of_step(inputs, t)};
    step.perturbed = perturb(residual, single, step.inputs);
    step.value = dequantize(step.perturbed.codes, step.perturbed.factors, options.group);
    train.value = t == 0 ? step.value : train.value + step.value;
    train.steps.push_back(step);
  }
  return train;
}

}  // namespace ridgeback::quant
