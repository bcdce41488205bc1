// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_NORM_ROW_NORM_H
#define RIDGEBACK_SHADERS_NORM_ROW_NORM_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct RowNormParams {
  uint rows;
  uint cols;
  float epsilon;
};
RIDGEBACK_PARAMS_END

#endif
