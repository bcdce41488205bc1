// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/graph/readers.hpp"

namespace ridgeback {

Readers::Readers(const Graph& graph) {
  const auto add = [&](const Tensor& read, const Node* reader) {
    if (read) readers_[{&read.node(), read.output()}].push_back(reader);
  };
  for (const auto& node : topological_order(graph)) {
    for (const Tensor& input : node->inputs) add(input, node.get());
  }
  for (const Tensor& output : graph.outputs) add(output, nullptr);
  for (const Assignment& update : graph.updates) add(update.value, nullptr);
}

std::span<const Node* const> Readers::of(const Node& node, int output) const {
  const auto found = readers_.find({&node, output});
  if (found == readers_.end()) return {};
  return found->second;
}

std::span<const Node* const> Readers::of(const Tensor& tensor) const {
  return of(tensor.node(), tensor.output());
}

}  // namespace ridgeback
