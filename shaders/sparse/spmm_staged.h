// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_SPARSE_SPMM_STAGED_H
#define RIDGEBACK_SHADERS_SPARSE_SPMM_STAGED_H
#include "sparse.h"

RIDGEBACK_PARAMS_BEGIN
struct SpmmStagedParams {
  SparseFormat f;
  uint n;          // columns of the dense operand
  uint rows_each;  // rows that a work group makes
  uint panel;      // columns of the matrix that are staged at a time, at most DEPTH; M divides it
};
RIDGEBACK_PARAMS_END

#endif
