// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_SPARSE_SDDMM_H
#define RIDGEBACK_SHADERS_SPARSE_SDDMM_H
#include "sparse.h"

RIDGEBACK_PARAMS_BEGIN
struct SddmmParams {
  SparseFormat f;
  uint n;        // length of the products
  uint entries;  // of all rows
  uint lanes;    // invocations that share a row; only for texel
};
RIDGEBACK_PARAMS_END

#endif
