// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_NORM_FOLD_NORM_H
#define RIDGEBACK_SHADERS_NORM_FOLD_NORM_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct FoldNormParams {
  uint count;
  float epsilon;
};
RIDGEBACK_PARAMS_END

#endif
