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
  float epilogue[8];  // scalars of what follows the sums (common/epilogue.h)
};
RIDGEBACK_PARAMS_END

#endif
