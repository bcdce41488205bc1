// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_SPARSE_MASK_COLUMNS_H
#define RIDGEBACK_SHADERS_SPARSE_MASK_COLUMNS_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct MaskColumnsParams {
  uint rows;
  uint cols;
  uint pitch;  // words from a row of the mask to the next
  uint width;  // entries in a row
  uint block_cols;
};
RIDGEBACK_PARAMS_END

#endif
