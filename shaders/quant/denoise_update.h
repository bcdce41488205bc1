// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_QUANT_DENOISE_UPDATE_H
#define RIDGEBACK_SHADERS_QUANT_DENOISE_UPDATE_H
#include "codes.h"

RIDGEBACK_PARAMS_BEGIN
const uint UPDATE_SGD = 0u;
const uint UPDATE_MOMENTUM = 1u;
const uint UPDATE_ADAM = 2u;

// Whose coefficients belong to a value.
const uint COEFFICIENTS_SHARED = 0u;  // one set for all
const uint COEFFICIENTS_ROWS = 1u;    // one a row
const uint COEFFICIENTS_RUNS = 2u;    // one a block of whole runs of 16 values
const uint COEFFICIENTS_QUADS = 3u;   // one a block of whole quads
const uint COEFFICIENTS_VALUES = 4u;  // one a block of any length

struct DenoiseUpdateParams {
  uint rows;
  uint cols;
  uint block;   // length of a block
  uint blocks;  // in a row
  uint pitch;   // words in a row of packed codes
  float rate_scale;
  float weight_decay;
  float first;   // momentum or beta1
  float second;  // beta2
  float rest_first;
  float rest_second;
  float log_first;
  float log_second;
  float epsilon;
};
RIDGEBACK_PARAMS_END

#endif
