// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/fuse_gates.hpp"

#include "ridgeback/ops/as_gate.hpp"
#include "ridgeback/quant/denoise_operations.hpp"

#include <unordered_map>

namespace ridgeback::quant {
namespace {

// Readers of each node, outputs and assignments among them.
std::unordered_map<const Node*, int> reader_counts(const Graph& graph) {
  std::unordered_map<const Node*, int> readers;
  for (const auto& node : topological_order(graph)) {
    for (const Tensor& input : node->inputs) {
      if (input) ++readers[&input.node()];
    }
  }
  for (const Tensor& output : graph.outputs) ++readers[&output.node()];
  for (const Assignment& update : graph.updates) ++readers[&update.value.node()];
  return readers;
}

class FuseGates final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return "fuse_gates"; }
  [[nodiscard]] Graph run(const Graph& graph) const override {
    const auto readers = reader_counts(graph);
    return rewrite(
        graph,
        [&](const Node& node,
            std::span<const Tensor> inputs) -> std::optional<std::vector<Tensor>> {
          if (!is_gate_positive(node)) return std::nullopt;
          const Tensor& gradient = inputs[0];
          const auto* backward = dynamic_cast<const DenoiseBackward*>(&gradient.operation());
          if (backward == nullptr || backward->gated || backward->elementwise() ||
              readers.at(&node.inputs[0].node()) != 1 || !gradient.node().inputs[1].is(inputs[1]))
            return std::nullopt;
          DenoiseBackward gated = *backward;
          gated.gated = true;
          return std::vector<Tensor>{
              apply(std::move(gated), std::vector<Tensor>(gradient.node().inputs))};
        });
  }
};

}  // namespace

const Pass& fuse_gates() {
  static const FuseGates pass;
  return pass;
}

}  // namespace ridgeback::quant
