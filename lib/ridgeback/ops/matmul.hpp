// SPDX-License-Identifier: Apache-2.0
// The dense matrix product.
#pragma once

#include "ridgeback/graph/tensor.hpp"

namespace ridgeback {

/// c[..., i, j] = sum_k a[..., i, k] b[..., k, j], f32 with 32-bit accumulation in a fixed order.
/// Both have at least two axes; the leading axes broadcast against each other. An empty sum is 0.
/// A transpose() of the last two axes of either operand costs nothing: the kernel reads the
/// operand as it lies. Differentiable any number of times. Throws InvalidArgument for other element
/// types, inner extents that differ, or leading axes that do not broadcast.
[[nodiscard]] Tensor matmul(const Tensor& a, const Tensor& b);

}  // namespace ridgeback
