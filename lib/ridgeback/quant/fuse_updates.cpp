// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/fuse_updates.hpp"

#include "ridgeback/core/pass_names.hpp"
#include "ridgeback/ops/optimizer_update.hpp"
#include "ridgeback/ops/step.hpp"
#include "ridgeback/ops/sum_of_all.hpp"
#include "ridgeback/quant/denoise_operations.hpp"
#include "ridgeback/quant/denoise_update.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace ridgeback::quant {
namespace {

using ops::SumOfAll;

const DenoiseBackward* full_backward(const Tensor& tensor) {
  const auto* op = dynamic_cast<const DenoiseBackward*>(&tensor.operation());
  return op != nullptr && op->mode == shaders::MODE_FULL && !op->gated ? op : nullptr;
}

const SumOfAll* as_sum(const Node& node) {
  return dynamic_cast<const SumOfAll*>(node.operation.get());
}

Tensor coefficients(const Tensor& backward) {
  DenoiseCoefficients operation;
  operation.backward = *full_backward(backward);
  const std::vector<Tensor>& in = backward.node().inputs;
  return apply(std::move(operation), {in[0], in[2], in[3]});
}

// Which gradients need not be in memory.
class Found {
 public:
  explicit Found(const Graph& graph) {
    for (const auto& node : topological_order(graph)) {
      for (std::size_t i = 0; i < node->inputs.size(); ++i) {
        if (node->inputs[i]) note(*node, static_cast<int>(i), node->inputs[i]);
      }
    }
    for (const Tensor& output : graph.outputs) note_other(output);
    for (const Assignment& update : graph.updates) note_other(update.value);
  }

  /// Of a node of the graph as it was.
  [[nodiscard]] bool is_fused(const Node& backward) const {
    const auto found = uses_.find(&backward);
    return found != uses_.end() && found->second.updates == 1 && found->second.others == 0;
  }
  /// Whether it counts in a sum of squares that others than gates ask for.
  [[nodiscard]] bool is_in_shown_sum(const Node& backward) const {
    return uses_.at(&backward).shown;
  }
  [[nodiscard]] bool any() const {
    return std::ranges::any_of(uses_, [&](const auto& use) { return is_fused(*use.first); });
  }

 private:
  struct Uses {
    int updates = 0;
    int others = 0;
    bool shown = false;
  };

  void note(const Node& reader, int input, const Tensor& read) {
    if (as_sum(read.node()) != nullptr && !is_gate(*reader.operation)) show(read.node());
    if (!full_backward(read)) return;
    Uses& uses = uses_[&read.node()];
    const auto update = ops::optimizer_update(*reader.operation);
    const SumOfAll* sum = as_sum(reader);
    if (update && update->gradient_input() == input) {
      ++uses.updates;
      // The values that were denoised are those that are updated.
      if (!reader.inputs[0].is(read.node().inputs[1])) ++uses.others;
    } else if (sum == nullptr || !sum->squared[static_cast<std::size_t>(input)]) {
      ++uses.others;
    }
  }

  void note_other(const Tensor& read) {
    if (as_sum(read.node()) != nullptr) show(read.node());
    if (full_backward(read)) ++uses_[&read.node()].others;
  }

  void show(const Node& sum) {
    for (const Tensor& in : sum.inputs) {
      if (full_backward(in)) uses_[&in.node()].shown = true;
    }
  }

  std::unordered_map<const Node*, Uses> uses_;
};

// Puts the fused operations into a graph.
class Fuser {
 public:
  explicit Fuser(const Graph& graph) : found_(graph) {}

  Graph run(const Graph& graph) {
    if (!found_.any()) return graph;
    const Graph fused = rewrite(graph, [&](const Node& node, std::span<const Tensor> inputs) {
      return replaced(node, inputs);
    });
    return with_shown_sums(fused);
  }

 private:
  using Outputs = std::optional<std::vector<Tensor>>;

  Outputs replaced(const Node& node, std::span<const Tensor> inputs) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i] && full_backward(node.inputs[i]) && found_.is_fused(node.inputs[i].node()))
        fused_.emplace(&inputs[i].node(), &node.inputs[i].node());
    }
    if (is_gate(*node.operation)) return gate(node, inputs);
    const auto update = ops::optimizer_update(*node.operation);
    if (!update) return std::nullopt;
    const Tensor& gradient = inputs[static_cast<std::size_t>(update->gradient_input())];
    if (!fused_.contains(&gradient.node())) return std::nullopt;
    return updated(*update, inputs, gradient);
  }

  // The gate of a sum over coefficients where it was one over squares.
  Outputs gate(const Node& node, std::span<const Tensor> inputs) {
    std::vector<Tensor> checked(inputs.begin(), inputs.end());
    bool changed = false;
    for (Tensor& input : checked) {
      const SumOfAll* sum = as_sum(input.node());
      if (sum == nullptr) continue;
      std::vector<Summand> summands;
      for (std::size_t i = 0; i < sum->squared.size(); ++i) {
        const Tensor& summand = input.node().inputs[i];
        const bool drawn = fused_.contains(&summand.node());
        changed = changed || drawn;
        summands.push_back(drawn ? Summand{coefficients(summand), false}
                                 : Summand{summand, sum->squared[i]});
      }
      if (changed) input = sum_of_all(summands);
    }
    if (!changed) return std::nullopt;
    return apply_all(node.operation, std::move(checked));
  }

  std::vector<Tensor> updated(const ops::OptimizerUpdate& update, std::span<const Tensor> inputs,
                              const Tensor& gradient) {
    DenoiseUpdate operation;
    operation.update = update;
    operation.group = full_backward(gradient)->group;
    operation.squares = found_.is_in_shown_sum(*fused_.at(&gradient.node()));
    const auto held = static_cast<std::ptrdiff_t>(update.states()) + 1;
    std::vector<Tensor> all(inputs.begin(), inputs.begin() + held);
    const std::vector<Tensor>& backward = gradient.node().inputs;
    all.insert(all.end(), {backward[0], backward[2], coefficients(gradient), inputs.back()});
    const bool squares = operation.squares;
    std::vector<Tensor> outputs =
        apply_all(std::make_shared<DenoiseUpdate>(std::move(operation)), std::move(all));
    if (squares) {
      squares_.emplace(&gradient.node(), outputs.back());
      outputs.pop_back();
    }
    return outputs;
  }

  // The sums that others than gates read, over what the updates leave of the squares; not those
  // that an update waits for.
  Graph with_shown_sums(const Graph& graph) const {
    if (squares_.empty()) return graph;
    const std::unordered_set<const Node*> before = before_updates();
    return rewrite(graph, [&](const Node& node, std::span<const Tensor> inputs) -> Outputs {
      const SumOfAll* sum = as_sum(node);
      if (sum == nullptr || before.contains(&node)) return std::nullopt;
      std::vector<Summand> summands;
      bool changed = false;
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        const auto found = squares_.find(&inputs[i].node());
        const bool drawn = found != squares_.end();
        changed = changed || drawn;
        summands.push_back(drawn ? Summand{found->second, false}
                                 : Summand{inputs[i], sum->squared[i]});
      }
      if (!changed) return std::nullopt;
      return std::vector<Tensor>{sum_of_all(summands)};
    });
  }

  // Everything that goes into an update whose squares are summed up.
  [[nodiscard]] std::unordered_set<const Node*> before_updates() const {
    std::unordered_set<const Node*> seen;
    std::vector<const Node*> stack;
    for (const auto& [gradient, squares] : squares_) stack.push_back(&squares.node());
    while (!stack.empty()) {
      const Node* node = stack.back();
      stack.pop_back();
      for (const Tensor& in : node->inputs) {
        if (in && seen.insert(&in.node()).second) stack.push_back(&in.node());
      }
    }
    return seen;
  }

  Found found_;
  // Gradients of the new graph that are drawn into updates, and what they were.
  std::unordered_map<const Node*, const Node*> fused_;
  std::unordered_map<const Node*, Tensor> squares_;
};

class FuseUpdates final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return pass_name("fuse_updates"); }
  [[nodiscard]] Stage stage() const override { return Stage::fuse; }
  [[nodiscard]] Graph run(const Graph& graph) const override { return Fuser(graph).run(graph); }
};

}  // namespace

const Pass& fuse_updates() {
  static const FuseUpdates pass;
  return pass;
}

}  // namespace ridgeback::quant
