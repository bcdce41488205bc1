// SPDX-License-Identifier: Apache-2.0
// Tensor: a cheap handle on one output of a node of the static graph.
#pragma once

#include "ridgeback/core/tensor_spec.hpp"

#include <memory>
#include <string>
#include <vector>

namespace ridgeback {

class Operation;
struct Node;

/// Copying a Tensor copies a handle; the node it names never changes. A default-made Tensor is
/// null: it stands for "no value", such as the gradient of an input that needs none.
class Tensor {
 public:
  Tensor() = default;
  Tensor(std::shared_ptr<const Node> node, int output) : node_(std::move(node)), output_(output) {}

  [[nodiscard]] explicit operator bool() const { return node_ != nullptr; }
  [[nodiscard]] const TensorSpec& spec() const;
  [[nodiscard]] const Shape& shape() const { return spec().shape; }
  [[nodiscard]] DType dtype() const { return spec().dtype; }
  [[nodiscard]] const Node& node() const { return *node_; }
  [[nodiscard]] const std::shared_ptr<const Node>& node_handle() const { return node_; }
  [[nodiscard]] int output() const { return output_; }
  [[nodiscard]] const Operation& operation() const;

  /// The same output of the same node; the arithmetic operators live in ops.
  [[nodiscard]] bool is(const Tensor& other) const {
    return node_ == other.node_ && output_ == other.output_;
  }

 private:
  std::shared_ptr<const Node> node_;
  int output_ = 0;
};

/// One application of an operation. Immutable once built.
struct Node {
  Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  /// Takes a chain of nodes that nobody else holds apart without recursion.
  ~Node();

  std::shared_ptr<const Operation> operation;
  std::vector<Tensor> inputs;
  std::vector<TensorSpec> outputs;
};

/// Applies an operation: infers the output specs (throws InvalidArgument for inputs that do not
/// fit) and returns one handle per output.
[[nodiscard]] std::vector<Tensor> apply_all(std::shared_ptr<const Operation> operation,
                                            std::vector<Tensor> inputs);

/// As above for an operation with one output.
template <class Op>
[[nodiscard]] Tensor apply(Op operation, std::vector<Tensor> inputs) {
  return apply_all(std::make_shared<const Op>(std::move(operation)), std::move(inputs))[0];
}

/// "Write `value` to the storage of `target`" at the end of a step; target is a parameter or a
/// state.
struct Assignment {
  Tensor target;
  Tensor value;
};

/// Throws InvalidArgument unless the target is a parameter or state and the specs agree.
[[nodiscard]] Assignment assign(const Tensor& target, const Tensor& value);

/// What is compiled: values to compute and assignments to make, all from the same reading of the
/// state.
struct Graph {
  std::vector<Tensor> outputs;
  std::vector<Assignment> updates;
};

/// Every node that the graph needs, producers before users, in an order that depends on the graph
/// alone. Whatever is not reachable is dead and not listed.
[[nodiscard]] std::vector<std::shared_ptr<const Node>> topological_order(const Graph& graph);

}  // namespace ridgeback
