// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_NORM_NORM_COLUMN_SUMS_MERGE_H
#define RIDGEBACK_SHADERS_NORM_NORM_COLUMN_SUMS_MERGE_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct NormColumnSumsMergeParams {
  uint cols;
  uint runs;
};
RIDGEBACK_PARAMS_END

#endif
