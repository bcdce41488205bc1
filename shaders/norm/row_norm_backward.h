// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_NORM_ROW_NORM_BACKWARD_H
#define RIDGEBACK_SHADERS_NORM_ROW_NORM_BACKWARD_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct RowNormBackwardParams {
  uint rows;
  uint cols;
};
RIDGEBACK_PARAMS_END

#endif
