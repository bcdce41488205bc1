// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_REDUCE_REDUCE_ROWS_H
#define RIDGEBACK_SHADERS_REDUCE_REDUCE_ROWS_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct ReduceRowsParams {
  uint cols;
  uint segment;   // columns that one task reduces
  uint segments;  // tasks per row
  uint tasks;     // rows * segments
  float divisor;  // of the result
};
RIDGEBACK_PARAMS_END

#endif
