// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_ELEMENTWISE_WHERE_H
#define RIDGEBACK_SHADERS_ELEMENTWISE_WHERE_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct WhereParams {
  uint outer;       // product of all extents but the innermost
  uint inner;       // innermost extent
  uint extents[5];  // of the outer axes, innermost of them first
  uint mask_strides[5];
  uint a_strides[5];
  uint b_strides[5];
};
RIDGEBACK_PARAMS_END

#endif
