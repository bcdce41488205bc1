// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_SPARSE_TURN_SCAN_H
#define RIDGEBACK_SHADERS_SPARSE_TURN_SCAN_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct TurnScanParams {
  uint count;
};
RIDGEBACK_PARAMS_END

#endif
