// SPDX-License-Identifier: Apache-2.0
// The dense matrix product in double precision.
#pragma once

#include "harness/array.hpp"

namespace ridgeback::test::reference {

/// c[..., i, j] = sum_k op(a)[..., i, k] op(b)[..., k, j]; the leading axes broadcast.
[[nodiscard]] Array matmul(const Array& a, const Array& b, bool transpose_a, bool transpose_b);

/// y[r, n] = sum_k x[r, k] op(w)[g, k, n] for the rows r of group g, which end before row ends[g];
/// rows of no group are 0.
[[nodiscard]] Array grouped_matmul(const Array& x, const Array& w, const Array& ends,
                                   bool transpose_w);

/// y[g, m, n] = sum_r a[r, m] b[r, n] over the rows r of group g.
[[nodiscard]] Array grouped_matmul_transposed(const Array& a, const Array& b, const Array& ends);

}  // namespace ridgeback::test::reference
