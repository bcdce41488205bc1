// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_OPTIMIZER_SGD_STEP_H
#define RIDGEBACK_SHADERS_OPTIMIZER_SGD_STEP_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct SgdStepParams {
  uint count;
  float rate_scale;
  float weight_decay;
};
RIDGEBACK_PARAMS_END

#endif
