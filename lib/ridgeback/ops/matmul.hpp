// SPDX-License-Identifier: Apache-2.0
// The dense matrix product, and many of them whose sizes are known at run time.
#pragma once

#include "ridgeback/graph/tensor.hpp"

#include <cstdint>
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

/// The product of a mixture of experts: y[r, n] = sum_k x[r, k] w[g, k, n] for the rows r of group
/// g, which are those from ends[g - 1] (0 for the first group) up to but not including ends[g]. x
/// is [R, K] and w [G, K, N], f32 or f16 each; ends is i32 [G] and read when the product is made,
/// so that groups may differ from run to run. They should not descend; where they do, results are
/// unspecified and may differ from run to run (nothing outside of the operands is read or written);
/// ends below 0 or above R count as 0 or R. Groups may be
/// empty. Rows from the last end on are 0. A transpose() of the last two axes of w costs nothing.
/// Differentiable in x and w. Throws InvalidArgument for other types and extents.
[[nodiscard]] Tensor grouped_matmul(const Tensor& x, const Tensor& w, const Tensor& ends);

/// y[g, m, n] = sum_r a[r, m] b[r, n] over the rows r of group g, as above: the gradient of the
/// matrices of grouped_matmul(). a is [R, M], b [R, N], the result f32 [G, M, N]. An empty group's
/// matrix is 0. Differentiable in a and b.
[[nodiscard]] Tensor grouped_matmul_transposed(const Tensor& a, const Tensor& b,
                                               const Tensor& ends);

/// What the products of an operation share: nothing, or matrices whose rows, or terms of the sums,
/// they divide into groups.
enum class Groups : std::uint8_t { none, rows, terms };

/// A product as it was asked for: c = op(a) op(b), where op swaps the last two axes of an operand
/// that is read transposed. `a` and `b` are what lies behind such a transpose(). In a product of
/// groups `ends` says where they end; where they are of terms, a is read transposed and b is not.
struct MatmulOperands {
  Tensor a;
  Tensor b;
  bool transpose_a = false;
  bool transpose_b = false;
  Groups groups = Groups::none;
  Tensor ends = {};
};

/// The operands of a node that one of the functions above made, or nothing for any other node; for
/// passes. `inputs` stand in for the node's own.
[[nodiscard]] std::optional<MatmulOperands> as_matmul(const Node& node,
                                                      std::span<const Tensor> inputs);

}  // namespace ridgeback
