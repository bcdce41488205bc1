// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_SOFTMAX_SOFTMAX_BACKWARD_H
#define RIDGEBACK_SHADERS_SOFTMAX_SOFTMAX_BACKWARD_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct SoftmaxBackwardParams {
  uint rows;
  uint cols;
};
RIDGEBACK_PARAMS_END

#endif
