// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_MATMUL_MATMUL_CODES_H
#define RIDGEBACK_SHADERS_MATMUL_MATMUL_CODES_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
// Shared by matmul_bits, matmul_ints and matmul_codes_naive.
struct MatmulCodesParams {
  uint rows;           // m, rows of x
  uint cols;           // n, rows of w
  uint depth;          // k, codes in a row of either
  uint block;          // codes of the smaller blocks: a multiple of 32, or k
  uint x_ratio;        // how many of them share a factor pair of x
  uint w_ratio;        // and of w
  uint x_row_factors;  // factor pairs of a row of x
  uint w_row_factors;  // and of w
  uint batches;        // products to make, whose operands lie one after the other; or groups (products.glsl)
  // Where sums are made in parts: codes of a part, whole blocks and a multiple of 256, and how many parts there are,
  // which are stored one after the other. A row that is one block has blocks as long as parts then, which share its factors.
  uint part;
  uint parts;
  float epilogue[8];  // scalars of what follows the sums (common/epilogue.h)
};
RIDGEBACK_PARAMS_END

#endif
