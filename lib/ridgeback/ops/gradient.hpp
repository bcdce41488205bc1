// SPDX-License-Identifier: Apache-2.0
// Derivatives for users of the operations.
#pragma once

#include "ridgeback/graph/gradient.hpp"
#include "ridgeback/graph/tensor.hpp"

#include <vector>

namespace ridgeback {

/// dL/d wrt[i] for each i, where L is the sum of the elements of `loss`: tensors of the shapes of
/// `wrt`, made of ordinary operations, so that they can be differentiated again. Zeros where there
/// is no influence. Throws InvalidArgument for a loss or a `wrt` that is not f32, Unsupported where
/// an operation on the way has no derivative.
[[nodiscard]] std::vector<Tensor> gradient(const Tensor& loss, const std::vector<Tensor>& wrt);

/// The same values; nothing behind it gets a gradient through it.
[[nodiscard]] Tensor stop_gradient(const Tensor& x);

}  // namespace ridgeback
