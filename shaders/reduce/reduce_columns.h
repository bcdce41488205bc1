// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_REDUCE_REDUCE_COLUMNS_H
#define RIDGEBACK_SHADERS_REDUCE_REDUCE_COLUMNS_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct ReduceColumnsParams {
  uint rows;      // reduced extent
  uint inner;     // columns
  uint segment;   // rows that one invocation reduces
  uint segments;  // per column
  uint units;     // outer * segments * columns, in vectors with VECTOR
  float divisor;  // of the result
};
RIDGEBACK_PARAMS_END

#endif
