// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_SPARSE_SPMM_BLOCKS_H
#define RIDGEBACK_SHADERS_SPARSE_SPMM_BLOCKS_H
#include "sparse.h"

RIDGEBACK_PARAMS_BEGIN
struct SpmmBlocksParams {
  SparseFormat f;  // of the matrix, whether transposed or not
  uint n;          // columns of the dense operand
};
RIDGEBACK_PARAMS_END

#endif
