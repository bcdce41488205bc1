// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_QUANT_DEQUANTIZE_H
#define RIDGEBACK_SHADERS_QUANT_DEQUANTIZE_H
#include "codes.h"

RIDGEBACK_PARAMS_BEGIN
struct DequantizeParams {
  uint rows;
  uint cols;
  uint block;   // length of a block
  uint blocks;  // blocks in a row
  uint pitch;   // words in a row of packed codes
};
RIDGEBACK_PARAMS_END

#endif
