// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_SPARSE_SCATTER_ENTRIES_H
#define RIDGEBACK_SHADERS_SPARSE_SCATTER_ENTRIES_H
#include "sparse.h"

RIDGEBACK_PARAMS_BEGIN
struct ScatterEntriesParams {
  SparseFormat f;
  uint entries;  // of all rows
  uint lanes;    // invocations that share a row; only for texel
};
RIDGEBACK_PARAMS_END

#endif
