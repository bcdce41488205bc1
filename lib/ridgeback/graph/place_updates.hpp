// SPDX-License-Identifier: Apache-2.0
// Decides how each assignment reaches its target: written in place where every reader of the old
// value can run before, through a copy otherwise.
#pragma once

#include "ridgeback/graph/tensor.hpp"

#include <memory>
#include <vector>

namespace ridgeback {

struct PlacedUpdates {
  /// "Output `output` of `writer` is stored in the target's own storage."
  struct Write {
    const Node* writer = nullptr;
    int output = 0;
    Tensor target;
  };
  /// `before` must have finished when `after` starts, though no data flows between them.
  struct Order {
    const Node* before = nullptr;
    const Node* after = nullptr;
  };
  Graph graph;  ///< as given, with copies added
  std::vector<Write> writes;
  std::vector<Order> orders;
};

/// The tensor whose storage this one uses: itself, or what its chain of aliases starts from.
[[nodiscard]] Tensor storage_root(const Tensor& tensor);

[[nodiscard]] PlacedUpdates place_updates(const Graph& graph);

}  // namespace ridgeback
