// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_SPARSE_MASK_ENTRIES_H
#define RIDGEBACK_SHADERS_SPARSE_MASK_ENTRIES_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct MaskEntriesParams {
  uint rows;
  uint cols;
  uint pitch;    // words in a row of the mask
  uint entries;  // places for columns
};
RIDGEBACK_PARAMS_END

#endif
