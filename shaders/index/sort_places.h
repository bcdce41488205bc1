// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_INDEX_SORT_PLACES_H
#define RIDGEBACK_SHADERS_INDEX_SORT_PLACES_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct SortPlacesParams {
  uint rows;    // values that an index may have
  uint places;  // indices
};
RIDGEBACK_PARAMS_END

#endif
