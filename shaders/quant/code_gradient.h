// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_QUANT_CODE_GRADIENT_H
#define RIDGEBACK_SHADERS_QUANT_CODE_GRADIENT_H
#include "codes.h"

// Of code_gradient_rows and code_gradient_columns.
RIDGEBACK_PARAMS_BEGIN
struct CodeGradientParams {
  uint rows;
  uint cols;
  uint pitch;      // words in a row of the codes
  uint stream;     // of random numbers
  float momentum;  // of ranges in hindsight
};
RIDGEBACK_PARAMS_END

#endif
