// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_RANDOM_RANDOM_FILL_H
#define RIDGEBACK_SHADERS_RANDOM_RANDOM_FILL_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct RandomFillParams {
  uint count;
  uint stream;
  float a;  // uniform: lowest value; bernoulli: probability of a one
  float b;  // uniform: width of the range
};
RIDGEBACK_PARAMS_END

#endif
