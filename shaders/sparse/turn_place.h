// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_SPARSE_TURN_PLACE_H
#define RIDGEBACK_SHADERS_SPARSE_TURN_PLACE_H
#include "sparse.h"

RIDGEBACK_PARAMS_BEGIN
struct TurnPlaceParams {
  SparseFormat f;
  uint chunks;     // runs of rows that were counted apart
  uint rows_each;  // rows of a run
};
RIDGEBACK_PARAMS_END

#endif
