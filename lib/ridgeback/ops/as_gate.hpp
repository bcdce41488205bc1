// SPDX-License-Identifier: Apache-2.0
// Recognizes the gradient of a relu, for passes.
#pragma once

#include "ridgeback/graph/tensor.hpp"

namespace ridgeback {

/// Whether a node is gate_positive() of two tensors of one shape.
[[nodiscard]] bool is_gate_positive(const Node& node);

}  // namespace ridgeback
