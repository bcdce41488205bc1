// SPDX-License-Identifier: Apache-2.0
// Reductions over axes of f32 tensors. The order of summation is fixed by the shape and the
// device's class, so results repeat bit for bit; sums are blocked, so errors do not grow with the
// length. Axes may be negative; with `keep_dims` a reduced axis stays with extent 1. Throws
// InvalidArgument for axes out of range or twice, and for a mean, maximum or minimum over nothing.
#pragma once

#include "ridgeback/graph/tensor.hpp"

#include <vector>

namespace ridgeback {

using Axes = std::vector<int>;

/// Over all elements, to a scalar.
[[nodiscard]] Tensor sum(const Tensor& x);
[[nodiscard]] Tensor sum(const Tensor& x, int axis, bool keep_dims = false);
[[nodiscard]] Tensor sum(const Tensor& x, const Axes& axes, bool keep_dims = false);

/// The sum of the squares of all elements, in one reading of them.
[[nodiscard]] Tensor sum_squares(const Tensor& x);
/// How many elements are NaN or infinite; exact to 2^24. No gradient.
[[nodiscard]] Tensor count_not_finite(const Tensor& x);

[[nodiscard]] Tensor mean(const Tensor& x);
[[nodiscard]] Tensor mean(const Tensor& x, int axis, bool keep_dims = false);
[[nodiscard]] Tensor mean(const Tensor& x, const Axes& axes, bool keep_dims = false);

/// Elements equal to the maximum share its gradient evenly.
[[nodiscard]] Tensor max(const Tensor& x);
[[nodiscard]] Tensor max(const Tensor& x, int axis, bool keep_dims = false);
[[nodiscard]] Tensor max(const Tensor& x, const Axes& axes, bool keep_dims = false);

/// As max.
[[nodiscard]] Tensor min(const Tensor& x);
[[nodiscard]] Tensor min(const Tensor& x, int axis, bool keep_dims = false);
[[nodiscard]] Tensor min(const Tensor& x, const Axes& axes, bool keep_dims = false);

/// The inverse of broadcasting: sums the axes along which `shape` was repeated to give x's shape.
/// Throws InvalidArgument where `shape` does not broadcast to x's.
[[nodiscard]] Tensor sum_to_shape(const Tensor& x, const Shape& shape);

/// u32: the first place of the largest value along the last axis, which must not be empty. No
/// gradient.
[[nodiscard]] Tensor argmax(const Tensor& x);

}  // namespace ridgeback
