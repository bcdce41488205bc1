// SPDX-License-Identifier: Apache-2.0
// The pass that makes chains of elementwise operations one launch.
#pragma once

#include "ridgeback/graph/pass.hpp"

namespace ridgeback {

/// Elementwise operations whose result only another one reads become one operation (ops/chain.hpp),
/// up to 8 functions of 6 operands: intermediate values stay in registers. The results have the
/// same bits. Operands may repeat over rows or be one value; other broadcasts stay as they are.
[[nodiscard]] const Pass& fuse_elementwise();

}  // namespace ridgeback
