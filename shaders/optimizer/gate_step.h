// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_OPTIMIZER_GATE_STEP_H
#define RIDGEBACK_SHADERS_OPTIMIZER_GATE_STEP_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct GateStepParams {
  uint words;  // of the step parameters
  uint skip;   // the word that says whether updates are dropped
};
RIDGEBACK_PARAMS_END

#endif
