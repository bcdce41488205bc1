// SPDX-License-Identifier: Apache-2.0
// Operations that look up by u32 indices. An index out of range never reaches memory outside of a
// tensor; what it gives is said below. Whoever loads data checks it first.
#pragma once

#include "ridgeback/graph/tensor.hpp"

#include <cstdint>

namespace ridgeback {

/// Rows of `table` [rows, width]: the result has the shape of `indices` with `width` appended.
/// Takes tables of f32, i32 and u32 with at least one row. An index of `rows` or more reads the
/// last row.
[[nodiscard]] Tensor gather_rows(const Tensor& table, const Tensor& indices);

/// The inverse: [rows, width] zeros to which row i of `x` (shape of `indices` with `width`
/// appended, f32) is added at row indices[i]. In ascending order of i, so equal inputs give equal
/// bits. An index of `rows` or more adds to the last row.
[[nodiscard]] Tensor add_rows(const Tensor& x, const Tensor& indices, std::int64_t rows);

/// f32 of the shape of `indices` with `classes` appended: 1 at the index, else 0; all zeros for an
/// index out of range. No gradient.
[[nodiscard]] Tensor one_hot(const Tensor& indices, std::int64_t classes);

}  // namespace ridgeback
