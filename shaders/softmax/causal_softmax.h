// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_SOFTMAX_CAUSAL_SOFTMAX_H
#define RIDGEBACK_SHADERS_SOFTMAX_CAUSAL_SOFTMAX_H
#include "../common/params.h"

// Of causal_softmax and causal_softmax_backward.
RIDGEBACK_PARAMS_BEGIN
struct CausalSoftmaxParams {
  uint rows;
  uint cols;
  uint queries;  // rows of one matrix, at most cols
  float scale;
};
RIDGEBACK_PARAMS_END

#endif
