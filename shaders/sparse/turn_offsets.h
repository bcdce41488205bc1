// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_SPARSE_TURN_OFFSETS_H
#define RIDGEBACK_SHADERS_SPARSE_TURN_OFFSETS_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct TurnOffsetsParams {
  uint cols;
  uint chunks;
};
RIDGEBACK_PARAMS_END

#endif
