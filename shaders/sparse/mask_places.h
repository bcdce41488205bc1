// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_SPARSE_MASK_PLACES_H
#define RIDGEBACK_SHADERS_SPARSE_MASK_PLACES_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct MaskPlacesParams {
  uint rows;
  uint cols;
  uint pitch;  // words in a row of the mask
  uint width;  // entries in a row
  uint words;  // in a row of places
  uint n;
  uint m;
  uint bits;   // of a place
};
RIDGEBACK_PARAMS_END

#endif
