// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_QUANT_DENOISE_BACKWARD_COMBINE_H
#define RIDGEBACK_SHADERS_QUANT_DENOISE_BACKWARD_COMBINE_H
#include "codes.h"

RIDGEBACK_PARAMS_BEGIN
struct DenoiseBackwardCombineParams {
  uint rows;
  uint cols;
};
RIDGEBACK_PARAMS_END

#endif
