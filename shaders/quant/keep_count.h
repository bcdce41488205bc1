// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_QUANT_KEEP_COUNT_H
#define RIDGEBACK_SHADERS_QUANT_KEEP_COUNT_H
#include "keep.h"

RIDGEBACK_PARAMS_BEGIN
struct KeepCountParams {
  uint rows;
  uint cols;
  uint block;   // length of a scope; the last of a row may be shorter
  uint blocks;  // scopes in a row
  uint chunks;  // invocations that share a scope
  uint round;   // ROUND_
  uint shift;   // of the digit of the indices
  uint pitch;   // words of notes per invocation
};
RIDGEBACK_PARAMS_END

#endif
