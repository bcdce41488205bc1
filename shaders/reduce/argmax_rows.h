// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_REDUCE_ARGMAX_ROWS_H
#define RIDGEBACK_SHADERS_REDUCE_ARGMAX_ROWS_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct ArgmaxRowsParams {
  uint rows;
  uint cols;
};
RIDGEBACK_PARAMS_END

#endif
