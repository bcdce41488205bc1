// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_OPTIMIZER_SGD_MOMENTUM_STEP_H
#define RIDGEBACK_SHADERS_OPTIMIZER_SGD_MOMENTUM_STEP_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct SgdMomentumStepParams {
  uint count;
  float rate_scale;
  float weight_decay;
  float momentum;
};
RIDGEBACK_PARAMS_END

#endif
