// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/graph/tensor.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/operation.hpp"
#include "ridgeback/graph/source.hpp"

#include <fmt/core.h>
#include <iterator>
#include <unordered_set>

namespace ridgeback {

const TensorSpec& Tensor::spec() const {
  require(node_ != nullptr, "tensor: null tensor used as a value");
  return node_->outputs[static_cast<std::size_t>(output_)];
}

const Operation& Tensor::operation() const {
  require(node_ != nullptr, "tensor: null tensor used as a value");
  return *node_->operation;
}

Node::~Node() {
  std::vector<Tensor> last_uses = std::move(inputs);
  while (!last_uses.empty()) {
    const Tensor tensor = std::move(last_uses.back());
    last_uses.pop_back();
    if (!tensor || tensor.node_handle().use_count() > 1) continue;
    // Nobody can see the node any more, so its inputs may leave it before it goes.
    std::vector<Tensor>& behind = const_cast<Node&>(tensor.node()).inputs;
    last_uses.insert(last_uses.end(), std::make_move_iterator(behind.begin()),
                     std::make_move_iterator(behind.end()));
    behind.clear();
  }
}

std::vector<Tensor> Operation::gradient(const GradientContext& /*context*/) const {
  throw Unsupported(fmt::format("{}: has no gradient", name()));
}

std::vector<Tensor> apply_all(std::shared_ptr<const Operation> operation,
                              std::vector<Tensor> inputs) {
  std::vector<TensorSpec> specs;
  specs.reserve(inputs.size());
  for (const Tensor& input : inputs) {
    require(static_cast<bool>(input),
            fmt::format("{}: input {} is null", operation->name(), specs.size()));
    specs.push_back(input.spec());
  }
  auto node = std::make_shared<Node>();
  node->outputs = operation->infer(specs);
  node->operation = std::move(operation);
  node->inputs = std::move(inputs);
  std::vector<Tensor> outputs;
  for (int i = 0; i < static_cast<int>(node->outputs.size()); ++i) outputs.emplace_back(node, i);
  return outputs;
}

Assignment assign(const Tensor& target, const Tensor& value) {
  const Source* source = as_source(target);
  require(source != nullptr &&
              (source->kind == Source::Kind::parameter || source->kind == Source::Kind::state),
          "assign: the target must be a parameter or a state");
  require(target.spec() == value.spec(),
          fmt::format("assign: '{}' takes {} (got {})", source->label, target.spec().text(),
                      value.spec().text()));
  return {target, value};
}

std::vector<std::shared_ptr<const Node>> topological_order(const Graph& graph) {
  std::vector<std::shared_ptr<const Node>> order;
  struct Visit {
    std::shared_ptr<const Node> node;
    std::size_t next_input;
  };
  std::vector<Visit> stack;  // explicit: graphs may be deeper than the call stack
  std::unordered_set<const Node*> entered;
  const auto visit = [&](const Tensor& root) {
    if (!root || !entered.insert(&root.node()).second) return;
    stack.push_back({root.node_handle(), 0});
    while (!stack.empty()) {
      Visit& top = stack.back();
      if (top.next_input == top.node->inputs.size()) {
        order.push_back(top.node);
        stack.pop_back();
        continue;
      }
      const Tensor& input = top.node->inputs[top.next_input++];
      if (input && entered.insert(&input.node()).second) {
        stack.push_back({input.node_handle(), 0});
      }
    }
  };
  for (const Tensor& output : graph.outputs) visit(output);
  for (const Assignment& update : graph.updates) {
    visit(update.value);
    visit(update.target);
  }
  return order;
}

}  // namespace ridgeback
