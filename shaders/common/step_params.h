// SPDX-License-Identifier: Apache-2.0
// The kernels' view of graph/step_params.hpp: bind the step buffer as
//   layout(set = 0, binding = N) readonly buffer Step { StepParams step; };
#ifndef RIDGEBACK_SHADERS_COMMON_STEP_PARAMS_H
#define RIDGEBACK_SHADERS_COMMON_STEP_PARAMS_H

#include "params.h"

RIDGEBACK_PARAMS_BEGIN
struct StepParams {
  uint step;
  uint seed_low;
  uint seed_high;
  float learning_rate;
  float lambda_scale;
  uint skip;  // not 0: updates leave everything as it is (gate_step.comp)
  uint reserved1;
  uint reserved2;
  float user[8];
};
RIDGEBACK_PARAMS_END

#endif
