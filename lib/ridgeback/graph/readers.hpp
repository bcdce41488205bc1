// SPDX-License-Identifier: Apache-2.0
// Who reads each tensor of a graph: passes that draw a value into its reader ask whether others
// want it too.
#pragma once

#include "ridgeback/graph/tensor.hpp"

#include <map>
#include <span>
#include <utility>
#include <vector>

namespace ridgeback {

class Readers {
 public:
  /// The graph's nodes must outlive this.
  explicit Readers(const Graph& graph);

  /// The nodes that read an output of a node, each as often as it does; null stands for outputs and
  /// assignments of the graph. None for a node that the graph has not.
  [[nodiscard]] std::span<const Node* const> of(const Node& node, int output = 0) const;
  [[nodiscard]] std::span<const Node* const> of(const Tensor& tensor) const;

 private:
  std::map<std::pair<const Node*, int>, std::vector<const Node*>> readers_;
};

}  // namespace ridgeback
