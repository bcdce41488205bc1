// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_QUANT_KEEP_PICK_H
#define RIDGEBACK_SHADERS_QUANT_KEEP_PICK_H
#include "keep.h"

RIDGEBACK_PARAMS_BEGIN
struct KeepPickParams {
  uint scopes;
  uint blocks;     // scopes in a row
  uint chunks;     // rows of counts per scope
  uint round;      // ROUND_
  uint shift;      // of the digit of the indices
  uint keep;       // values to keep in a scope,
  uint keep_tail;  // and in the last scope of a row
};
RIDGEBACK_PARAMS_END

#endif
