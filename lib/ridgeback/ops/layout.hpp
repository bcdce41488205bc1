// SPDX-License-Identifier: Apache-2.0
// Operations that move elements without computing. They take f32, i32 and u32 (reshape any type);
// others throw InvalidArgument.
#pragma once

#include "ridgeback/graph/tensor.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace ridgeback {

/// The same elements in row-major order under another shape of the same count; no copy is made. A
/// packed tensor keeps its last extent.
[[nodiscard]] Tensor reshape(const Tensor& x, const Shape& shape);

/// Axes from `first_axis` on become one: flatten(x, 1) makes rows of a batch.
[[nodiscard]] Tensor flatten(const Tensor& x, int first_axis = 0);

/// Swaps the last two axes.
[[nodiscard]] Tensor transpose(const Tensor& x);
/// Axis i of the result is axis axes[i] of x.
[[nodiscard]] Tensor transpose(const Tensor& x, const std::vector<int>& axes);
/// What was transposed, where `x` was made by swapping exactly the last two axes: products read it
/// as it lies.
[[nodiscard]] std::optional<Tensor> is_transpose_of_last_two(const Tensor& x);

/// Part of an axis: begin, begin + step, ... below end.
struct Range {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t step = 1;
};
/// One range per axis; 0 <= begin <= end <= extent, step >= 1.
[[nodiscard]] Tensor slice(const Tensor& x, const std::vector<Range>& ranges);
[[nodiscard]] Tensor slice(const Tensor& x, int axis, std::int64_t begin, std::int64_t end,
                           std::int64_t step = 1);

/// The inverse of slice: x at these ranges of a tensor of shape `shape`, zeros elsewhere. The
/// ranges' extents must be x's.
[[nodiscard]] Tensor place(const Tensor& x, const Shape& shape, const std::vector<Range>& ranges);

/// Zeros around x; one count per axis.
[[nodiscard]] Tensor pad(const Tensor& x, const std::vector<std::int64_t>& before,
                         const std::vector<std::int64_t>& after);

/// One after the other along an axis; other extents agree. Packed types: not along the last axis.
[[nodiscard]] Tensor concat(const std::vector<Tensor>& parts, int axis);
/// The inverse: part i is extents[i] long along the axis; together they are as long as x. Its
/// gradient copies each part once, where one slice() a part would add up whole tensors.
[[nodiscard]] std::vector<Tensor> split(const Tensor& x, int axis,
                                        const std::vector<std::int64_t>& extents);

/// Repeats x along axes of extent 1 and new leading ones.
[[nodiscard]] Tensor broadcast_to(const Tensor& x, const Shape& shape);
/// What broadcast_to repeated, where `x` was made by it: elementwise operations read that.
[[nodiscard]] std::optional<Tensor> broadcast_source(const Tensor& x);

}  // namespace ridgeback
