// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_QUANT_PERTURB_H
#define RIDGEBACK_SHADERS_QUANT_PERTURB_H
#include "codes.h"

RIDGEBACK_PARAMS_BEGIN
struct PerturbParams {
  uint rows;
  uint cols;
  uint block;       // length of a block; the last of a row may be shorter
  uint blocks;      // blocks in a row
  uint pitch;       // words in a row of packed codes
  uint mask_pitch;  // words in a row of the mask
  float lambda;
  uint lambda_unit;  // LAMBDA_...
  uint stream;       // of the draws of stochastic rounding
  uint range_row;    // from a row to the next of a range that is given: 0 where all rows share one
  uint range_block;  // from a block to the next: 0 or 1
};
RIDGEBACK_PARAMS_END

#endif
