// SPDX-License-Identifier: Apache-2.0
// Operations on each element alone. Operands of two-operand ones broadcast as in NumPy (trailing
// axes aligned, extents equal or 1), up to rank 6. Inputs are f32 and so are results unless a
// declaration says otherwise; anything else throws InvalidArgument. NaN is not guaranteed to pass
// through maximum, minimum, clamp and relu.
#pragma once

#include "ridgeback/graph/tensor.hpp"

namespace ridgeback {

[[nodiscard]] Tensor add(const Tensor& a, const Tensor& b);
[[nodiscard]] Tensor sub(const Tensor& a, const Tensor& b);
[[nodiscard]] Tensor mul(const Tensor& a, const Tensor& b);
[[nodiscard]] Tensor div(const Tensor& a, const Tensor& b);
/// The larger; where both are equal each gets half of the gradient.
[[nodiscard]] Tensor maximum(const Tensor& a, const Tensor& b);
[[nodiscard]] Tensor maximum(const Tensor& a, float b);
[[nodiscard]] Tensor minimum(const Tensor& a, const Tensor& b);
[[nodiscard]] Tensor minimum(const Tensor& a, float b);
/// a^b of real numbers: a negative base takes whole exponents and gives NaN for others; 0^0 = 1.
/// The gradient with respect to b needs a > 0.
[[nodiscard]] Tensor pow(const Tensor& a, const Tensor& b);
[[nodiscard]] Tensor pow(const Tensor& a, float exponent);

/// 1 where the comparison holds, else 0. No gradient. `equal` also compares two i32 or two u32.
[[nodiscard]] Tensor greater(const Tensor& a, const Tensor& b);
[[nodiscard]] Tensor greater(const Tensor& a, float b);
[[nodiscard]] Tensor less(const Tensor& a, const Tensor& b);
[[nodiscard]] Tensor less(const Tensor& a, float b);
[[nodiscard]] Tensor equal(const Tensor& a, const Tensor& b);
[[nodiscard]] Tensor equal(const Tensor& a, float b);

/// a where mask is not 0, else b; all three broadcast. The other branch's infinities and NaN do not
/// leak into the result.
[[nodiscard]] Tensor where(const Tensor& mask, const Tensor& a, const Tensor& b);

/// g where x > 0, else 0: the gradient of relu.
[[nodiscard]] Tensor gate_positive(const Tensor& g, const Tensor& x);
/// g where low <= x <= high, else 0: the gradient of clamp, and of a clipped straight-through
/// estimator.
[[nodiscard]] Tensor gate_within(const Tensor& g, const Tensor& x, float low, float high);

[[nodiscard]] Tensor neg(const Tensor& x);
[[nodiscard]] Tensor abs(const Tensor& x);
/// -1, 0 or 1. No gradient.
[[nodiscard]] Tensor sign(const Tensor& x);
[[nodiscard]] Tensor square(const Tensor& x);
[[nodiscard]] Tensor sqrt(const Tensor& x);
/// 1 / sqrt(x).
[[nodiscard]] Tensor rsqrt(const Tensor& x);
[[nodiscard]] Tensor reciprocal(const Tensor& x);
[[nodiscard]] Tensor exp(const Tensor& x);
[[nodiscard]] Tensor log(const Tensor& x);
/// Vulkan asks drivers for 2^-11 only, and for that within [-pi, pi].
[[nodiscard]] Tensor sin(const Tensor& x);
[[nodiscard]] Tensor cos(const Tensor& x);
[[nodiscard]] Tensor tanh(const Tensor& x);
[[nodiscard]] Tensor erf(const Tensor& x);
/// 1 / (1 + e^-x).
[[nodiscard]] Tensor sigmoid(const Tensor& x);
/// max(x, 0); gradient 0 at 0.
[[nodiscard]] Tensor relu(const Tensor& x);
/// x > 0 ? x : slope * x.
[[nodiscard]] Tensor leaky_relu(const Tensor& x, float slope = 0.01F);
/// x/2 (1 + erf(x / sqrt 2)).
[[nodiscard]] Tensor gelu(const Tensor& x);
/// x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))).
[[nodiscard]] Tensor gelu_tanh(const Tensor& x);
/// x sigmoid(x).
[[nodiscard]] Tensor silu(const Tensor& x);
/// log(1 + e^x).
[[nodiscard]] Tensor softplus(const Tensor& x);
/// To [low, high]; the gradient passes where low <= x <= high.
[[nodiscard]] Tensor clamp(const Tensor& x, float low, float high);
[[nodiscard]] inline Tensor hardtanh(const Tensor& x) {
  return clamp(x, -1.0F, 1.0F);
}
/// To the nearest whole number, halves to the even one. No gradient.
[[nodiscard]] Tensor round(const Tensor& x);
/// No gradient.
[[nodiscard]] Tensor floor(const Tensor& x);

/// Between f32, i32 and u32; f32 to an integer drops the fraction and is undefined out of range. No
/// gradient. Between f32 and f16, to the nearest, ties to even; its gradient is that of the value.
[[nodiscard]] Tensor cast(const Tensor& x, DType to);

[[nodiscard]] Tensor add(const Tensor& x, float value);
[[nodiscard]] Tensor mul(const Tensor& x, float value);
[[nodiscard]] Tensor div(const Tensor& x, float value);
/// value - x and value / x.
[[nodiscard]] Tensor sub_from(float value, const Tensor& x);
[[nodiscard]] Tensor div_into(float value, const Tensor& x);

[[nodiscard]] inline Tensor operator+(const Tensor& a, const Tensor& b) {
  return add(a, b);
}
[[nodiscard]] inline Tensor operator+(const Tensor& a, float b) {
  return add(a, b);
}
[[nodiscard]] inline Tensor operator+(float a, const Tensor& b) {
  return add(b, a);
}
[[nodiscard]] inline Tensor operator-(const Tensor& x) {
  return neg(x);
}
[[nodiscard]] inline Tensor operator-(const Tensor& a, const Tensor& b) {
  return sub(a, b);
}
[[nodiscard]] inline Tensor operator-(const Tensor& a, float b) {
  return add(a, -b);
}
[[nodiscard]] inline Tensor operator-(float a, const Tensor& b) {
  return sub_from(a, b);
}
[[nodiscard]] inline Tensor operator*(const Tensor& a, const Tensor& b) {
  return mul(a, b);
}
[[nodiscard]] inline Tensor operator*(const Tensor& a, float b) {
  return mul(a, b);
}
[[nodiscard]] inline Tensor operator*(float a, const Tensor& b) {
  return mul(b, a);
}
[[nodiscard]] inline Tensor operator/(const Tensor& a, const Tensor& b) {
  return div(a, b);
}
[[nodiscard]] inline Tensor operator/(const Tensor& a, float b) {
  return div(a, b);
}
[[nodiscard]] inline Tensor operator/(float a, const Tensor& b) {
  return div_into(a, b);
}

}  // namespace ridgeback
