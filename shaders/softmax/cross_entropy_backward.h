// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_SOFTMAX_CROSS_ENTROPY_BACKWARD_H
#define RIDGEBACK_SHADERS_SOFTMAX_CROSS_ENTROPY_BACKWARD_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct CrossEntropyBackwardParams {
  uint rows;
  uint cols;
  uint quads_each;  // consecutive quads that one invocation handles
  float smoothing;  // e in 0..1
};
RIDGEBACK_PARAMS_END

#endif
