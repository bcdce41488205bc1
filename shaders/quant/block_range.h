// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_QUANT_BLOCK_RANGE_H
#define RIDGEBACK_SHADERS_QUANT_BLOCK_RANGE_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct BlockRangeParams {
  uint rows;
  uint cols;
  uint block;   // length of a block; the last of a row may be shorter
  uint blocks;  // blocks in a row
  float cut;    // share of the values that lie outside of the range at either end
};
RIDGEBACK_PARAMS_END

#endif
