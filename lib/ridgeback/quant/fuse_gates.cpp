// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/fuse_gates.hpp"

#include "ridgeback/core/pass_names.hpp"
#include "ridgeback/graph/readers.hpp"
#include "ridgeback/ops/as_gate.hpp"
#include "ridgeback/quant/denoise_operations.hpp"

namespace ridgeback::quant {
namespace {

class FuseGates final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return pass_name("fuse_gates"); }
  [[nodiscard]] Graph run(const Graph& graph) const override {
    const Readers readers(graph);
    return rewrite(
        graph,
        [&](const Node& node,
            std::span<const Tensor> inputs) -> std::optional<std::vector<Tensor>> {
          if (!is_gate_positive(node)) return std::nullopt;
          const Tensor& gradient = inputs[0];
          const auto* backward = dynamic_cast<const DenoiseBackward*>(&gradient.operation());
          if (backward == nullptr || backward->gated || backward->elementwise() ||
              readers.of(node.inputs[0]).size() != 1 || !gradient.node().inputs[1].is(inputs[1]))
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
