// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_RANDOM_DROPOUT_H
#define RIDGEBACK_SHADERS_RANDOM_DROPOUT_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct DropoutParams {
  uint count;
  uint stream;
  float rate;   // share of elements that become 0
  float scale;  // of the others: 1 / (1 - rate)
};
RIDGEBACK_PARAMS_END

#endif
