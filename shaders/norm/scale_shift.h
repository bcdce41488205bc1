// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_NORM_SCALE_SHIFT_H
#define RIDGEBACK_SHADERS_NORM_SCALE_SHIFT_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct ScaleShiftParams {
  uint rows;
  uint cols;
  uint rows_each;  // rows of a run
};
RIDGEBACK_PARAMS_END

#endif
