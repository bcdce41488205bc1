// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_NORM_NORM_COLUMN_SUMS_H
#define RIDGEBACK_SHADERS_NORM_NORM_COLUMN_SUMS_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct NormColumnSumsParams {
  uint rows;
  uint cols;
  uint rows_each;  // rows of a run
  float epsilon;   // for column statistics only
};
RIDGEBACK_PARAMS_END

#endif
