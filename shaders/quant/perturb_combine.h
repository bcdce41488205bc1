// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_QUANT_PERTURB_COMBINE_H
#define RIDGEBACK_SHADERS_QUANT_PERTURB_COMBINE_H
#include "codes.h"

RIDGEBACK_PARAMS_BEGIN
struct PerturbCombineParams {
  uint rows;
  uint cols;
  float lambda;
  uint lambda_unit;  // LAMBDA_...
};
RIDGEBACK_PARAMS_END

#endif
