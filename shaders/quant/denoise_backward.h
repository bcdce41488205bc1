// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_QUANT_DENOISE_BACKWARD_H
#define RIDGEBACK_SHADERS_QUANT_DENOISE_BACKWARD_H
#include "codes.h"

RIDGEBACK_PARAMS_BEGIN
struct DenoiseBackwardParams {
  uint rows;
  uint cols;
  uint block;       // length of a block; the last of a row may be shorter
  uint blocks;      // blocks in a row
  uint pitch;       // words in a row of packed codes
  uint mask_pitch;  // words in a row of the mask
  float shape;      // of a custom gradient
};
RIDGEBACK_PARAMS_END

#endif
