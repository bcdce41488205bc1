// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/graph/gradient.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/operation.hpp"

#include <fmt/core.h>
#include <unordered_map>
#include <unordered_set>

namespace ridgeback {
namespace {

using Order = std::vector<std::shared_ptr<const Node>>;

// Nodes on a path from one of `wrt` to the loss: only these take part.
std::unordered_set<const Node*> nodes_influenced(const Order& order, std::span<const Tensor> wrt) {
  std::unordered_set<const Node*> influenced;
  for (const Tensor& tensor : wrt) {
    if (tensor) influenced.insert(&tensor.node());
  }
  for (const auto& node : order) {
    for (const Tensor& in : node->inputs) {
      if (influenced.contains(&in.node())) influenced.insert(node.get());
    }
  }
  return influenced;
}

void check(const Operation& operation, const Tensor& input, const Tensor& grad) {
  const TensorSpec expected{input.shape(), DType::f32};
  require(grad.spec() == expected,
          fmt::format("{}: gradient has the wrong spec (got {}, expected {})", operation.name(),
                      grad.spec().text(), expected.text()));
}

}  // namespace

std::vector<Tensor> gradient(const Tensor& loss, std::span<const Tensor> wrt,
                             const GradientAlgebra& algebra) {
  require(loss.dtype() == DType::f32,
          fmt::format("gradient: the loss must be f32 (got {})", loss.spec().text()));
  const Order order = topological_order({{loss}, {}});
  const auto influenced = nodes_influenced(order, wrt);

  std::unordered_map<const Node*, std::vector<Tensor>> grads;
  const auto accumulate = [&](const Tensor& tensor, const Tensor& grad) {
    auto& slots = grads[&tensor.node()];
    slots.resize(tensor.node().outputs.size());
    Tensor& slot = slots[static_cast<std::size_t>(tensor.output())];
    slot = slot ? algebra.add(slot, grad) : grad;
  };
  accumulate(loss, algebra.ones(loss.shape()));

  for (auto it = order.rbegin(); it != order.rend(); ++it) {
    const Node& node = **it;
    const auto found = grads.find(&node);
    if (found == grads.end() || node.inputs.empty() || !influenced.contains(&node)) continue;
    std::vector<bool> needed;
    bool any = false;
    for (const Tensor& in : node.inputs) {
      needed.push_back(influenced.contains(&in.node()));
      any = any || needed.back();
    }
    if (!any) continue;
    std::vector<Tensor> outputs;
    for (int i = 0; i < static_cast<int>(node.outputs.size()); ++i) outputs.emplace_back(*it, i);
    const std::vector<Tensor> output_grads = found->second;
    const std::vector<Tensor> input_grads =
        node.operation->gradient({node.inputs, outputs, output_grads, needed});
    require(input_grads.size() == node.inputs.size(),
            fmt::format("{}: gradient returned {} tensors (expected {})", node.operation->name(),
                        input_grads.size(), node.inputs.size()));
    for (std::size_t i = 0; i < input_grads.size(); ++i) {
      if (!needed[i] || !input_grads[i]) continue;
      check(*node.operation, node.inputs[i], input_grads[i]);
      accumulate(node.inputs[i], input_grads[i]);
    }
  }

  std::vector<Tensor> result;
  for (const Tensor& tensor : wrt) {
    const auto found = tensor ? grads.find(&tensor.node()) : grads.end();
    result.push_back(
        found == grads.end() ? Tensor{} : found->second[static_cast<std::size_t>(tensor.output())]);
  }
  return result;
}

}  // namespace ridgeback
