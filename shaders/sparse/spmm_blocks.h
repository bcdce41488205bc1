// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_SPARSE_SPMM_BLOCKS_H
#define RIDGEBACK_SHADERS_SPARSE_SPMM_BLOCKS_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct SpmmBlocksParams {
  uint rows;   // of the matrix, whether transposed or not
  uint cols;
  uint width;  // entries in a row
  uint n;      // columns of the dense operand
};
RIDGEBACK_PARAMS_END

#endif
