// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_SPARSE_SPMM_H
#define RIDGEBACK_SHADERS_SPARSE_SPMM_H
#include "sparse.h"

RIDGEBACK_PARAMS_BEGIN
struct SpmmParams {
  SparseFormat f;
  uint n;  // columns of the dense operand
};
RIDGEBACK_PARAMS_END

#endif
