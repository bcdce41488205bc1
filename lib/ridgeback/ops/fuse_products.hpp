// SPDX-License-Identifier: Apache-2.0
// The pass that moves what follows a product into its kernel.
#pragma once

#include "ridgeback/graph/pass.hpp"

namespace ridgeback {

/// Elementwise operations, and the evaluated batch norm, that alone read a product (matmul() or a
/// product on codes) become steps of it (ops/epilogue.hpp): up to 4 functions of 3 operands, as
/// epilogue_places() finds places for them (one function of many instructions at most), applied to
/// sums in registers before they are stored. Operands are of the shape of the product, or one value
/// for each column, each row or all. The results have the same bits.
[[nodiscard]] const Pass& fuse_products();

}  // namespace ridgeback
