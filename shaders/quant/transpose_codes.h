// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_QUANT_TRANSPOSE_CODES_H
#define RIDGEBACK_SHADERS_QUANT_TRANSPOSE_CODES_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct TransposeCodesParams {
  uint rows;        // of `from`
  uint cols;        // of `from`
  uint from_pitch;  // words of a row of `from`
  uint from_words;  // of them that hold codes
  uint to_pitch;    // words of a row of `to`
  uint to_units;    // units of a row of `to` to make
};
RIDGEBACK_PARAMS_END

#endif
