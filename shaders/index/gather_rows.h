// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_INDEX_GATHER_ROWS_H
#define RIDGEBACK_SHADERS_INDEX_GATHER_ROWS_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct GatherRowsParams {
  uint rows;   // of the table
  uint width;  // words of a row
  uint units;  // places * width, in vectors with VECTOR, or places * ceil(width / 16) in `wide`
};
RIDGEBACK_PARAMS_END

#endif
