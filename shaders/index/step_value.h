// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_INDEX_STEP_VALUE_H
#define RIDGEBACK_SHADERS_INDEX_STEP_VALUE_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct StepValueParams {
  uint word;     // of the step parameters
  uint integer;  // 1 where the word is a whole number, 0 where it is a float
};
RIDGEBACK_PARAMS_END

#endif
