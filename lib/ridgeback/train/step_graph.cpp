// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/train/step_graph.hpp"

#include "ridgeback/ops/ops.hpp"
#include "ridgeback/ops/step.hpp"
#include "ridgeback/optim/clip.hpp"
#include "ridgeback/train/trainer.hpp"

#include <algorithm>

namespace ridgeback::train {
namespace {

// The value of a parameter after the step.
Tensor updated(const Tensor& parameter, const std::vector<Assignment>& updates) {
  const auto update =
      std::ranges::find_if(updates, [&](const Assignment& u) { return u.target.is(parameter); });
  return update == updates.end() ? parameter : update->value;
}

// What `update` assigns, or in runs that are skipped what is there.
Assignment unless_skipped(const Assignment& update, const Tensor& gate) {
  return assign(update.target, where(step_skipped(gate), update.target, update.value));
}

}  // namespace

StepInputs step_inputs(const SampleSpec& sample, std::int64_t batch) {
  return {sample, sample.samples_input(batch), sample.labels_input(batch)};
}

Tensor step_loss(const nn::Module& module, const StepInputs& inputs, nn::Context& context) {
  const Tensor given = module.forward(inputs.images, context);
  const Tensor logits = inputs.sample.rows_of(given, inputs.images.shape()[0], "train");
  return mean(softmax_cross_entropy(logits, inputs.labels));
}

StepGraph build_step(const nn::Module& module, optim::Optimizer& optimizer,
                     const SampleSpec& sample, std::int64_t batch, double clip_norm,
                     const SparseOptions& sparse, const Adjust& adjust) {
  StepGraph graph;
  const StepInputs inputs = step_inputs(sample, batch);
  graph.images = inputs.images;
  graph.labels = inputs.labels;
  nn::Context context(nn::Context::Mode::training);
  context.use_sparse(sparse.step, sparse.patterns);
  context.adjust(adjust);
  graph.loss = step_loss(module, inputs, context);

  std::vector<optim::Parameter> parameters;
  std::vector<Tensor> tensors;
  for (const nn::NamedTensor& named : trained_tensors(module)) {
    parameters.push_back({named.name, named.tensor});
    const auto entries = std::ranges::find_if(
        context.trained_entries(),
        [&](const nn::TrainedEntries& e) { return e.parameter.is(named.tensor); });
    const bool part = entries != context.trained_entries().end();
    if (part) parameters.back().pattern = entries->pattern;
    tensors.push_back(part ? entries->values : named.tensor);
  }
  const std::vector<Tensor>& states = context.gradient_states();
  tensors.insert(tensors.end(), states.begin(), states.end());
  std::vector<Tensor> gradients = gradient(graph.loss, tensors);
  const std::vector<Tensor> of_states(gradients.end() - std::ssize(states), gradients.end());
  gradients.resize(parameters.size());
  graph.gradient_squares = optim::sum_of_squares(gradients);
  const Tensor gate = gated_step(graph.loss, graph.gradient_squares);
  graph.skipped = step_skipped(gate);
  for (optim::Parameter& parameter : parameters) parameter.step = gate;
  if (clip_norm > 0)
    gradients = optim::clip_by_global_norm(gradients, static_cast<float>(clip_norm)).gradients;
  graph.updates = optimizer.step(parameters, gradients);
  if (sparse.patterns != nullptr) {
    for (const nn::PrunedWeight& pruned : context.pruned_weights()) {
      const std::vector<Assignment> stored =
          sparse.patterns->store(pruned, updated(pruned.weight, graph.updates));
      graph.updates.insert(graph.updates.end(), stored.begin(), stored.end());
    }
  }
  for (std::size_t i = 0; i < states.size(); ++i)
    graph.updates.push_back(unless_skipped(assign(states[i], of_states[i]), gate));
  for (const Assignment& update : context.updates())
    graph.updates.push_back(unless_skipped(update, gate));
  return graph;
}

}  // namespace ridgeback::train
