// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_OPTIMIZER_ADAM_STEP_H
#define RIDGEBACK_SHADERS_OPTIMIZER_ADAM_STEP_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct AdamStepParams {
  uint count;
  float rate_scale;
  float weight_decay;
  float beta1;
  float beta2;
  float rest1;      // 1 - beta1, rounded once
  float rest2;      // 1 - beta2
  float log_beta1;  // natural logarithm, computed in double precision
  float log_beta2;
  float epsilon;
};
RIDGEBACK_PARAMS_END

#endif
