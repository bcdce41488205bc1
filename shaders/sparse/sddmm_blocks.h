// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_SPARSE_SDDMM_BLOCKS_H
#define RIDGEBACK_SHADERS_SPARSE_SDDMM_BLOCKS_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct SddmmBlocksParams {
  uint rows;
  uint cols;
  uint width;  // entries in a row
  uint n;      // length of the products
};
RIDGEBACK_PARAMS_END

#endif
