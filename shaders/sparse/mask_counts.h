// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_SPARSE_MASK_COUNTS_H
#define RIDGEBACK_SHADERS_SPARSE_MASK_COUNTS_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct MaskCountsParams {
  uint rows;
  uint cols;
  uint pitch;  // words in a row of the mask
};
RIDGEBACK_PARAMS_END

#endif
