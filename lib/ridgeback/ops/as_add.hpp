// SPDX-License-Identifier: Apache-2.0
// Recognizes sums, for passes.
#pragma once

#include "ridgeback/graph/tensor.hpp"

namespace ridgeback {

/// Whether a node is the sum of its two inputs, as add() of two tensors makes it.
[[nodiscard]] bool is_add(const Node& node);

}  // namespace ridgeback
