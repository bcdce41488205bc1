// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_NORM_COLUMN_MOMENTS_MERGE_H
#define RIDGEBACK_SHADERS_NORM_COLUMN_MOMENTS_MERGE_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct ColumnMomentsMergeParams {
  uint rows;
  uint cols;
  uint rows_each;  // rows of a run
  uint runs;
};
RIDGEBACK_PARAMS_END

#endif
