// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_LAYOUT_TRANSPOSE_H
#define RIDGEBACK_SHADERS_LAYOUT_TRANSPOSE_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct TransposeParams {
  uint rows;
  uint cols;
  uint blocks;  // batch * ceil(rows / 4) * ceil(cols / 4)
};
RIDGEBACK_PARAMS_END

#endif
