// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_QUANT_KEEP_FRACTION_H
#define RIDGEBACK_SHADERS_QUANT_KEEP_FRACTION_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct KeepFractionParams {
  uint rows;
  uint cols;
  uint pitch;   // words in a row of the mask
  uint block;   // length of a scope along the row, a multiple of 32 unless it is the row
  uint blocks;  // scopes in a row; 0: the whole tensor is one
};
RIDGEBACK_PARAMS_END

#endif
