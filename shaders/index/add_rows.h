// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_INDEX_ADD_ROWS_H
#define RIDGEBACK_SHADERS_INDEX_ADD_ROWS_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct AddRowsParams {
  uint width;  // floats of a row
  uint units;  // rows * width, in vectors with VECTOR
};
RIDGEBACK_PARAMS_END

#endif
