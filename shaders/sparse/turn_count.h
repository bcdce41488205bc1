// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_SPARSE_TURN_COUNT_H
#define RIDGEBACK_SHADERS_SPARSE_TURN_COUNT_H
#include "sparse.h"

RIDGEBACK_PARAMS_BEGIN
struct TurnCountParams {
  SparseFormat f;
  uint chunks;     // runs of rows that are counted apart
  uint rows_each;  // rows of a run
};
RIDGEBACK_PARAMS_END

#endif
