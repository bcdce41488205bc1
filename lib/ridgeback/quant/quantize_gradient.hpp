// SPDX-License-Identifier: Apache-2.0
// Products whose output gradient is quantized before it is multiplied with the operands.
#pragma once

#include "ridgeback/graph/tensor.hpp"
#include "ridgeback/quant/gradient_code.hpp"

#include <cstdint>

namespace ridgeback::quant {

/// States that hold the ranges in hindsight of one product, f32; null otherwise. A step gives each
/// its next value, which gradient() returns as "the gradient of the loss" with respect to it: ask
/// for it and assign() it. A state serves one product.
struct GradientRanges {
  Tensor dx;  ///< [1]
  Tensor dw;  ///< [outputs]; all alike where the codes are by token
};

/// y = x_hat w_hat^T unchanged, x_hat [..., k] and w_hat [n, k], whose gradients are products of a
/// quantized dy:
///   dx_hat = dy w_hat      dw_hat = dy^T x_hat
/// Where the other operand is dequantized from packed codes with one block a row, x_hat = s q + o,
/// the codes are of s dy, with a block for each row of the product (each token for dx_hat, each
/// output channel for dw_hat), so that pack_products makes both products integer ones. Where it is
/// anything else they are of dy, a block for each token, and the product is in f32. Both products
/// draw on their own, from `stream` and the one after it. y itself for 32 bits.
/// Throws InvalidArgument for shapes that do not fit and for ranges without hindsight or the other
/// way round.
[[nodiscard]] Tensor quantize_gradient(const Tensor& y, const Tensor& x_hat, const Tensor& w_hat,
                                       const GradientCode& code, std::uint32_t stream,
                                       const GradientRanges& ranges = {});

/// y [..., n] unchanged, whose gradient is the value of a quantized dy, a block for each row: for
/// products of any other kind, all of which see the same codes. They are drawn from `stream`.
/// `range` is the state in hindsight, f32 [1], null otherwise. y itself for 32 bits. Throws
/// InvalidArgument as above.
[[nodiscard]] Tensor quantize_gradient(const Tensor& y, const GradientCode& code,
                                       std::uint32_t stream, const Tensor& range = {});

/// Whether a node is what the first of these makes: its output is its first input.
[[nodiscard]] bool is_quantize_gradient(const Node& node);

}  // namespace ridgeback::quant
