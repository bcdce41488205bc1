// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_SPARSE_MASK_COLUMNS_H
#define RIDGEBACK_SHADERS_SPARSE_MASK_COLUMNS_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct MaskColumnsParams {
  uint rows;
  uint cols;
  uint pitch;  // words in a row of the mask
  uint width;  // entries in a row
};
RIDGEBACK_PARAMS_END

#endif
