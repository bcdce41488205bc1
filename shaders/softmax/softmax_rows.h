// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_SOFTMAX_SOFTMAX_ROWS_H
#define RIDGEBACK_SHADERS_SOFTMAX_SOFTMAX_ROWS_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct SoftmaxRowsParams {
  uint rows;
  uint cols;
};
RIDGEBACK_PARAMS_END

#endif
