// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/graph/verify.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/operation.hpp"

#include <fmt/core.h>
#include <unordered_set>

namespace ridgeback {

void verify(const Graph& graph) {
  for (const auto& node : topological_order(graph)) {
    std::vector<TensorSpec> specs;
    for (const Tensor& in : node->inputs) {
      require(static_cast<bool>(in),
              fmt::format("verify: {} has a null input", node->operation->name()));
      require(in.output() >= 0 && in.output() < static_cast<int>(in.node().outputs.size()),
              fmt::format("verify: {} reads output {} of {}, which has none such",
                          node->operation->name(), in.output(), in.operation().name()));
      specs.push_back(in.spec());
    }
    require(node->operation->infer(specs) == node->outputs,
            fmt::format("verify: {} records other specs than it infers", node->operation->name()));
  }
  for (const Tensor& output : graph.outputs)
    require(static_cast<bool>(output), "verify: null output");
  std::unordered_set<const Node*> targets;
  for (const Assignment& update : graph.updates) {
    (void)assign(update.target, update.value);
    require(targets.insert(&update.target.node()).second,
            fmt::format("verify: '{}' is assigned twice", update.target.operation().attributes()));
  }
}

}  // namespace ridgeback
