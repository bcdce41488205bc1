// SPDX-License-Identifier: Apache-2.0
// The dense matrix product in double precision.
#pragma once

#include "harness/array.hpp"

namespace ridgeback::test::reference {

/// c[..., i, j] = sum_k op(a)[..., i, k] op(b)[..., k, j]; the leading axes broadcast.
[[nodiscard]] Array matmul(const Array& a, const Array& b, bool transpose_a, bool transpose_b);

}  // namespace ridgeback::test::reference
