// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/fuse_elementwise.hpp"

#include "ridgeback/core/pass_names.hpp"
#include "ridgeback/graph/readers.hpp"
#include "ridgeback/ops/chain.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>

namespace ridgeback {
namespace {

using ops::Chain;
using ops::ChainStep;
using ops::ElementwiseCode;

constexpr auto first_result = static_cast<std::uint32_t>(ops::most_chain_operands);

// A chain and what it reads.
struct Expression {
  std::vector<Tensor> operands;
  std::vector<ChainStep> steps;

  // The number of an operand, which is added if it is new.
  std::uint32_t number_of(const Tensor& tensor) {
    for (std::size_t i = 0; i < operands.size(); ++i) {
      if (operands[i].is(tensor)) return static_cast<std::uint32_t>(i);
    }
    operands.push_back(tensor);
    return static_cast<std::uint32_t>(operands.size() - 1);
  }
};

// `outer` with what `inner` computes in place of one of its operands; nothing where that is too
// much for a chain.
std::optional<Expression> substituted(const Expression& outer, std::size_t operand,
                                      const Expression& inner) {
  if (outer.steps.size() + inner.steps.size() > ops::most_chain_steps) return std::nullopt;
  Expression joined;
  const auto append = [&](const Expression& part, std::uint32_t first_step,
                          std::optional<std::size_t> known, std::uint32_t known_as) {
    std::vector<std::uint32_t> numbers;
    for (std::size_t i = 0; i < part.operands.size(); ++i)
      numbers.push_back(i == known ? known_as : joined.number_of(part.operands[i]));
    const auto moved = [&](std::uint32_t value) {
      return value < first_result ? numbers[value] : value + first_step;
    };
    for (ChainStep step : part.steps) {
      step.left = moved(step.left);
      step.right = moved(step.right);
      joined.steps.push_back(step);
    }
  };
  append(inner, 0, std::nullopt, 0);
  const auto steps = static_cast<std::uint32_t>(inner.steps.size());
  append(outer, steps, operand, first_result + steps - 1);
  if (joined.operands.size() > ops::most_chain_operands) return std::nullopt;
  return joined;
}

std::optional<ElementwiseCode> code_of(const Operation& operation) {
  if (const auto unary = ops::unary_code(operation)) return unary;
  return ops::binary_code(operation);
}

// One function of operands; nothing where a chain has no such function or cannot read them.
std::optional<Expression> function_of(const Operation& operation, std::span<const Tensor> inputs,
                                      const Shape& shape) {
  const auto code = code_of(operation);
  if (!code) return std::nullopt;
  Expression expression;
  std::vector<std::uint32_t> numbers;
  for (const Tensor& input : inputs) {
    if (!input || !ops::chain_kind(input.shape(), shape)) return std::nullopt;
    numbers.push_back(expression.number_of(input));
  }
  expression.steps = {{*code, numbers.front(), numbers.back(), operation.name()}};
  return expression;
}

// What a node computes, as far as a chain can: its own chain, or its one function of operands.
std::optional<Expression> expression_of(const Node& node) {
  if (const auto* chain = dynamic_cast<const Chain*>(node.operation.get()))
    return Expression{node.inputs, chain->steps};
  return function_of(*node.operation, node.inputs, node.outputs[0].shape);
}

// Draws producers into their readers, producers first.
class Fuser {
 public:
  explicit Fuser(const Graph& graph) : readers_(graph) {}

  // `node` on its new inputs, with those drawn in that only it and what was drawn in already read.
  std::optional<Tensor> fused(const Node& node, std::span<const Tensor> inputs) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i]) origin_[&inputs[i].node()] = &node.inputs[i].node();
    }
    const Shape& shape = node.outputs[0].shape;
    auto expression = function_of(*node.operation, inputs, shape);
    if (!expression) return std::nullopt;
    std::vector<const Node*> drawn{&node};
    while (draw_one(*expression, drawn, shape)) {
    }
    if (expression->steps.size() == 1) return std::nullopt;
    Chain chain;
    chain.shape = shape;
    chain.steps = std::move(expression->steps);
    Tensor result = apply(std::move(chain), std::move(expression->operands));
    drawn_[&result.node()] = std::move(drawn);
    return result;
  }

 private:
  // Draws in the first operand that can be.
  bool draw_one(Expression& expression, std::vector<const Node*>& drawn, const Shape& shape) {
    for (std::size_t i = 0; i < expression.operands.size(); ++i) {
      const Tensor operand = expression.operands[i];
      const Node* old = origin_.at(&operand.node());
      const bool only_here = std::ranges::all_of(readers_.of(*old), [&](const Node* reader) {
        return std::ranges::find(drawn, reader) != drawn.end();
      });
      if (!only_here || operand.shape() != shape) continue;
      const auto inner = expression_of(operand.node());
      if (!inner) continue;
      auto joined = substituted(expression, i, *inner);
      if (!joined) continue;
      expression = std::move(*joined);
      const auto earlier = drawn_.find(&operand.node());
      if (earlier == drawn_.end()) {
        drawn.push_back(old);
      } else {
        drawn.insert(drawn.end(), earlier->second.begin(), earlier->second.end());
      }
      return true;
    }
    return false;
  }

  Readers readers_;
  std::unordered_map<const Node*, const Node*> origin_;  // of nodes of the new graph
  // The old nodes that a chain stands for.
  std::unordered_map<const Node*, std::vector<const Node*>> drawn_;
};

class FuseElementwise final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return pass_name("fuse_elementwise"); }
  [[nodiscard]] Stage stage() const override { return Stage::fuse; }
  [[nodiscard]] Graph run(const Graph& graph) const override {
    Fuser fuser(graph);
    return rewrite(graph,
                   [&](const Node& node,
                       std::span<const Tensor> inputs) -> std::optional<std::vector<Tensor>> {
                     const std::optional<Tensor> result = fuser.fused(node, inputs);
                     if (!result) return std::nullopt;
                     return std::vector<Tensor>{*result};
                   });
  }
};

}  // namespace

const Pass& fuse_elementwise() {
  static const FuseElementwise pass;
  return pass;
}

}  // namespace ridgeback
