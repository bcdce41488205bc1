// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_NORM_COLUMN_NORM_BACKWARD_H
#define RIDGEBACK_SHADERS_NORM_COLUMN_NORM_BACKWARD_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct ColumnNormBackwardParams {
  uint rows;
  uint cols;
  uint rows_each;  // rows of a run
  float epsilon;
};
RIDGEBACK_PARAMS_END

#endif
