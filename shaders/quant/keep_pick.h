// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_QUANT_KEEP_PICK_H
#define RIDGEBACK_SHADERS_QUANT_KEEP_PICK_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct KeepPickParams {
  uint scopes;
  uint blocks;     // scopes in a row
  uint chunks;     // rows of counts per scope
  uint shift;      // of the digit that was counted
  uint indices;    // 0: digits of the magnitudes, largest first; 1: of indices, smallest first
  uint start;      // 1: the first round
  uint keep;       // values to keep in a scope,
  uint keep_tail;  // and in the last scope of a row
};
RIDGEBACK_PARAMS_END

#endif
