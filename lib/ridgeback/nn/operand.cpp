// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/nn/operand.hpp"

#include "ridgeback/quant/temporal.hpp"

#include <fmt/core.h>

namespace ridgeback::nn {

quant::Perturbation used_perturbation(const quant::Perturbation& own, const Context& context) {
  quant::Perturbation used = context.perturbation(own);
  if (!context.training()) used.rounding = quant::Rounding::nearest;
  return used;
}

quant::PerturbInputs inputs_of(const quant::Perturbation& own, Context& context) {
  const bool draws = context.training() && own.rounding == quant::Rounding::stochastic;
  return {.stream = draws ? context.next_stream() : 0};
}

Tensor denoised(const std::string& name, const Tensor& x, const quant::Perturbation& own,
                Context& context, const OperandRange* range) {
  // A stream is taken whatever is used of it: passes that differ in this alone draw alike
  // elsewhere.
  const quant::PerturbInputs inputs =
      range != nullptr ? range->inputs(x, context) : inputs_of(own, context);
  const quant::Perturbation used = used_perturbation(own, context);
  if (used.is_identity()) return x;
  const quant::Train train = quant::train_of(x, used, inputs);
  quant::Perturbation single = used;
  single.timesteps = 1;
  for (std::size_t t = 0; t < train.steps.size(); ++t) {
    const quant::TrainStep& step = train.steps[t];
    const std::string step_name = t == 0 ? name : fmt::format("{}.{}", name, t + 1);
    context.add_operand({step_name, step.residual, single, step.inputs, step.perturbed});
  }
  context.trace(name + " (denoised)", train.value);
  return train.value;
}

Tensor denoised_weight(const std::string& name, const Tensor& weight,
                       const quant::Perturbation& own, Context& context,
                       const OperandRange* range) {
  const quant::PerturbInputs inputs =
      range != nullptr ? range->inputs(weight, context) : inputs_of(own, context);
  const quant::Perturbation used = used_perturbation(own, context);
  if (used.is_identity()) return context.frozen(name, weight);
  const quant::Perturbed perturbed = quant::perturb(weight, used, inputs);
  context.add_operand({name, weight, used, inputs, perturbed});
  // One after the other: the order of these calls is the order of the values in a file.
  const Tensor codes = context.frozen(name + ".codes", perturbed.codes);
  const Tensor factors = context.frozen(name + ".factors", perturbed.factors);
  const Tensor value = quant::dequantize(codes, factors, used.group);
  context.trace(name + " (denoised)", value);
  return value;
}

}  // namespace ridgeback::nn
