// SPDX-License-Identifier: Apache-2.0
// The rewrite that makes low precision real: products of dequantized values become products of
// codes.
#pragma once

#include "ridgeback/graph/pass.hpp"

namespace ridgeback::quant {

/// The pass "pack_products". With x_hat = dequantize(...), w_hat = dequantize(...) of packed codes:
///   matmul(x_hat, transpose(w_hat))   ->  matmul_codes
///   matmul(x, transpose(w_hat))       ->  matmul_dense_codes_rows
///   matmul(dy, w_hat)                 ->  matmul_dense_codes
///   matmul(transpose(dy), x_hat)      ->  matmul_dense_codes_transposed
///   matmul(g_hat, q) + term           ->  matmul_coded_rows, with g_hat a coded gradient, q codes
///                                         as they are stored and term [rows, 1]
///                                         (quantize_gradient.hpp), where its sums fit in 32 bits
///   grouped_matmul(...), grouped_matmul_transposed(...)
///                                     ->  grouped_matmul_codes, grouped_matmul_dense_codes...
///                                         likewise (ops/matmul.hpp)
/// (x and dy f32 or f16) and, where no other use of them is left, the dequantize nodes are dead.
/// Everything else stays as it is, among it codes that are not packed (Codebook::none) and blocks
/// that do not nest (in products of groups the left side alone is made floats then). Where the
/// right side has leading axes, they are batches: products as in attention, packed if the left side
/// has the same ones. A left side that repeats them, and a train of codes (temporal.hpp) on the
/// left, are read as floats. dequantize() asks for this pass.
[[nodiscard]] const Pass& pack_products();

}  // namespace ridgeback::quant
