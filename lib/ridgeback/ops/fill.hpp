// SPDX-License-Identifier: Apache-2.0
// Tensors whose elements are all equal.
#pragma once

#include "ridgeback/graph/tensor.hpp"

#include <optional>

namespace ridgeback {

/// f32, every element `value`. Written on the device where it is used; arithmetic with it becomes
/// arithmetic with a scalar.
[[nodiscard]] Tensor fill(const Shape& shape, float value);
[[nodiscard]] Tensor zeros(const Shape& shape);
[[nodiscard]] Tensor ones(const Shape& shape);

/// The value of every element where that is known while building: what `fill` made, or an f32
/// constant of one element.
[[nodiscard]] std::optional<float> fill_value(const Tensor& tensor);

}  // namespace ridgeback
