// SPDX-License-Identifier: Apache-2.0
// Gradients of fused operations. A fused operation need not know its own derivative: it says which
// composition of ordinary operations computes the same, and that is differentiated. For sources of
// ops only.
#pragma once

#include "ridgeback/graph/operation.hpp"

#include <functional>
#include <vector>

namespace ridgeback::ops {

/// Outputs from inputs, in the order of the operation; null for outputs that have no gradient.
using Composition = std::function<std::vector<Tensor>(const std::vector<Tensor>& inputs)>;

/// The gradient of the operation that `g` belongs to, which must compute what `compose` computes.
/// An input that is itself a function of the others (statistics saved for backward) may be left out
/// of the composition, whose gradients are then total ones.
[[nodiscard]] std::vector<Tensor> gradient_of(const GradientContext& g, const Composition& compose);

}  // namespace ridgeback::ops
