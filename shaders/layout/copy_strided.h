// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_LAYOUT_COPY_STRIDED_H
#define RIDGEBACK_SHADERS_LAYOUT_COPY_STRIDED_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct CopyStridedParams {
  uint outer;       // product of all extents but the innermost
  uint inner;       // innermost extent
  uint from_offset;
  uint to_offset;
  uint from_inner;  // strides along the innermost axis
  uint to_inner;
  uint extents[5];  // of the outer axes, innermost of them first
  uint from_strides[5];
  uint to_strides[5];
};
RIDGEBACK_PARAMS_END

#endif
