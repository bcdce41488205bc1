// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/graph/pass.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/operation.hpp"
#include "ridgeback/graph/source.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <map>
#include <unordered_map>

namespace ridgeback {
namespace {

using Replacements = std::unordered_map<const Node*, std::vector<Tensor>>;

Tensor replaced(const Replacements& replacements, const Tensor& tensor) {
  if (!tensor) return tensor;
  return replacements.at(&tensor.node())[static_cast<std::size_t>(tensor.output())];
}

std::vector<Tensor> outputs_of(const std::shared_ptr<const Node>& node) {
  std::vector<Tensor> outputs;
  for (int i = 0; i < static_cast<int>(node->outputs.size()); ++i) outputs.emplace_back(node, i);
  return outputs;
}

std::vector<Tensor> rebuild(const std::shared_ptr<const Node>& node, std::vector<Tensor> inputs) {
  const bool unchanged = std::equal(inputs.begin(), inputs.end(), node->inputs.begin(),
                                    [](const Tensor& a, const Tensor& b) { return a.is(b); });
  return unchanged ? outputs_of(node) : apply_all(node->operation, std::move(inputs));
}

}  // namespace

Graph rewrite(const Graph& graph, const Replace& replace) {
  Replacements replacements;
  for (const auto& node : topological_order(graph)) {
    std::vector<Tensor> inputs;
    for (const Tensor& in : node->inputs) inputs.push_back(replaced(replacements, in));
    std::optional<std::vector<Tensor>> outputs;
    if (!node->inputs.empty() || dynamic_cast<const Source*>(node->operation.get()) == nullptr) {
      outputs = replace(*node, inputs);
    }
    if (!outputs) outputs = rebuild(node, std::move(inputs));
    require(outputs->size() == node->outputs.size(),
            fmt::format("rewrite: replacement of {} has {} outputs (expected {})",
                        node->operation->name(), outputs->size(), node->outputs.size()));
    for (std::size_t i = 0; i < outputs->size(); ++i) {
      require(!(*outputs)[i] || (*outputs)[i].spec() == node->outputs[i],
              fmt::format("rewrite: replacement of {} changes the spec of output {}",
                          node->operation->name(), i));
    }
    replacements.emplace(node.get(), std::move(*outputs));
  }
  Graph result;
  for (const Tensor& output : graph.outputs)
    result.outputs.push_back(replaced(replacements, output));
  for (const Assignment& update : graph.updates) {
    result.updates.push_back({update.target, replaced(replacements, update.value)});
  }
  return result;
}

Graph MergeEqual::run(const Graph& graph) const {
  // Candidates share name, arity and inputs; only those are compared in full.
  using Key = std::pair<std::string, std::vector<std::pair<const Node*, int>>>;
  std::map<Key, std::vector<std::shared_ptr<const Node>>> seen;
  Replacements replacements;
  for (const auto& node : topological_order(graph)) {
    std::vector<Tensor> inputs;
    Key key{std::string(node->operation->name()), {}};
    for (const Tensor& in : node->inputs) {
      inputs.push_back(replaced(replacements, in));
      key.second.emplace_back(&inputs.back().node(), inputs.back().output());
    }
    auto& peers = seen[key];
    const auto same = std::ranges::find_if(
        peers, [&](const auto& peer) { return peer->operation->same_as(*node->operation); });
    if (same != peers.end()) {
      replacements.emplace(node.get(), outputs_of(*same));
      continue;
    }
    std::vector<Tensor> outputs = rebuild(node, std::move(inputs));
    peers.push_back(outputs.front().node_handle());
    replacements.emplace(node.get(), std::move(outputs));
  }
  Graph result;
  for (const Tensor& output : graph.outputs)
    result.outputs.push_back(replaced(replacements, output));
  for (const Assignment& update : graph.updates) {
    result.updates.push_back({update.target, replaced(replacements, update.value)});
  }
  return result;
}

std::vector<const Pass*> required_passes(const Graph& graph) {
  std::vector<const Pass*> passes;
  for (const auto& node : topological_order(graph)) {
    for (const Pass* pass : node->operation->required_passes()) {
      if (std::ranges::find(passes, pass) == passes.end()) passes.push_back(pass);
    }
  }
  std::ranges::stable_sort(passes, {}, &Pass::stage);
  return passes;
}

Graph optimize(const Graph& graph, std::span<const std::string_view> disabled) {
  const MergeEqual merge;
  Graph current = merge.run(graph);
  for (const Pass* pass : required_passes(current)) {
    if (std::ranges::find(disabled, pass->name()) != disabled.end()) continue;
    current = merge.run(pass->run(current));
  }
  return current;
}

}  // namespace ridgeback
