// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/train/non_finite.hpp"

#include "ridgeback/ops/ops.hpp"

#include <fmt/core.h>

namespace ridgeback::train {

NonFiniteSearch::Graph NonFiniteSearch::build(const nn::Module& module, const SampleSpec& sample,
                                              std::int64_t batch, const Adjust& adjust) {
  Graph graph;
  graph.inputs = step_inputs(sample, batch);
  nn::Context context(nn::Context::Mode::training);
  context.adjust(adjust);
  const Tensor loss = step_loss(module, graph.inputs, context);

  std::vector<Tensor> counts;
  const auto check = [&](const std::string& what, const Tensor& value) {
    if (!value || value.dtype() != DType::f32) return;
    graph.checked.push_back({what, value.shape().count()});
    counts.push_back(reshape(count_not_finite(value), {1}));
  };
  std::vector<std::string> names;
  std::vector<Tensor> values;
  for (const nn::NamedTensor& named : nn::named_tensors(module)) {
    check(fmt::format("the {} {}", named.trained ? "parameter" : "state", named.name),
          named.tensor);
    if (!named.trained) continue;
    names.push_back(named.name);
    values.push_back(named.tensor);
  }
  check("the input", graph.inputs.images);
  for (const nn::NamedValue& traced : context.traced()) {
    check("the output of " + traced.name, traced.value);
    names.push_back(traced.name);
    values.push_back(traced.value);
  }
  check("the loss", loss);
  const std::vector<Tensor> gradients = gradient(loss, values);
  for (std::size_t i = gradients.size(); i-- > 0;)
    check("the gradient of " + names[i], gradients[i]);
  graph.counts = concat(counts, 0);
  return graph;
}

NonFiniteSearch::NonFiniteSearch(const Device& device, const nn::Module& module,
                                 const SampleSpec& sample, std::int64_t batch,
                                 const CompileOptions& options, const Adjust& adjust)
    : NonFiniteSearch(device, build(module, sample, batch, adjust), options) {}

NonFiniteSearch::NonFiniteSearch(const Device& device, Graph graph, const CompileOptions& options)
    : graph_(std::move(graph)), executable_(compile(device, {graph_.counts}, {}, options)) {}

std::string NonFiniteSearch::first(const data::Batch& batch, const StepParams& params) {
  set_batch(executable_, graph_.inputs.images, graph_.inputs.labels, batch);
  executable_.run(params);
  const std::vector<float> counts = executable_.get<float>(graph_.counts);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    const Checked& checked = graph_.checked[i];
    return fmt::format("{} ({} of {} values)", checked.what, static_cast<std::int64_t>(counts[i]),
                       checked.count);
  }
  return {};
}

}  // namespace ridgeback::train
