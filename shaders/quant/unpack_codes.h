// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_QUANT_UNPACK_CODES_H
#define RIDGEBACK_SHADERS_QUANT_UNPACK_CODES_H
#include "codes.h"

RIDGEBACK_PARAMS_BEGIN
struct UnpackCodesParams {
  uint rows;
  uint cols;
  uint pitch;  // words in a packed row
};
RIDGEBACK_PARAMS_END

#endif
