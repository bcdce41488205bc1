// SPDX-License-Identifier: Apache-2.0
// Of block_squares and keep_blocks.
#ifndef RIDGEBACK_SHADERS_QUANT_KEEP_BLOCKS_H
#define RIDGEBACK_SHADERS_QUANT_KEEP_BLOCKS_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct KeepBlocksParams {
  uint rows;
  uint cols;
  uint height;  // of a block
  uint width;
  uint across;  // block_squares: blocks in a row of them; keep_blocks: words in a row of their mask
  uint pitch;   // words in a row of the mask of values
};
RIDGEBACK_PARAMS_END

#endif
