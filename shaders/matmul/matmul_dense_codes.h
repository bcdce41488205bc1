// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_MATMUL_MATMUL_DENSE_CODES_H
#define RIDGEBACK_SHADERS_MATMUL_MATMUL_DENSE_CODES_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct MatmulDenseCodesParams {
  uint rows;         // m, of c
  uint cols;         // n, of c
  uint depth;        // k, the reduction
  uint block;        // codes of a block along the packed rows: a multiple of 32, or a whole row
  uint row_factors;  // factor pairs of a packed row
  uint a_last;       // last texel of a
  // Terms of a sum that a work group adds: all, or whole blocks and a multiple of 128, without
  // TRANS_B of 96; and how many such parts there are, which are stored one after the other.
  uint part;
  uint parts;
  uint batches;  // products to make, whose operands lie one after the other; or groups (products.glsl)
  float epilogue[8];  // scalars of what follows the sums (common/epilogue.h)
};
RIDGEBACK_PARAMS_END

#endif
