// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_SOFTMAX_CROSS_ENTROPY_ROWS_H
#define RIDGEBACK_SHADERS_SOFTMAX_CROSS_ENTROPY_ROWS_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct CrossEntropyRowsParams {
  uint rows;
  uint cols;
  float smoothing;  // e in 0..1
};
RIDGEBACK_PARAMS_END

#endif
