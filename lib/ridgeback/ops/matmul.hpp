// SPDX-License-Identifier: Apache-2.0
// The dense matrix product.
#pragma once

#include "ridgeback/graph/tensor.hpp"

#include <optional>
#include <span>

namespace ridgeback {

/// c[..., i, j] = sum_k a[..., i, k] b[..., k, j] in f32 with 32-bit accumulation in a fixed order;
/// a and b are f32 or f16 each. Both have at least two axes; the leading axes broadcast against
/// each other. An empty sum is 0. A transpose() of the last two axes of either operand costs
/// nothing: the kernel reads the operand as it lies. Differentiable any number of times; gradients
/// are f32. Throws InvalidArgument for other element types, inner extents that differ, or leading
/// axes that do not broadcast.
[[nodiscard]] Tensor matmul(const Tensor& a, const Tensor& b);

/// A product as it was asked for: c = op(a) op(b), where op swaps the last two axes of an operand
/// that is read transposed. `a` and `b` are what lies behind such a transpose().
struct MatmulOperands {
  Tensor a;
  Tensor b;
  bool transpose_a = false;
  bool transpose_b = false;
};

/// The operands of a node that matmul() made, or nothing for any other node; for passes. `inputs`
/// stand in for the node's own.
[[nodiscard]] std::optional<MatmulOperands> as_matmul(const Node& node,
                                                      std::span<const Tensor> inputs);

}  // namespace ridgeback
