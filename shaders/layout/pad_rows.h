// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_LAYOUT_PAD_ROWS_H
#define RIDGEBACK_SHADERS_LAYOUT_PAD_ROWS_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct PadRowsParams {
  uint rows;
  uint cols;
  uint last;  // texel of `from`
};
RIDGEBACK_PARAMS_END

#endif
