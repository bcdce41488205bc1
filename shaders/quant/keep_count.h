// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_QUANT_KEEP_COUNT_H
#define RIDGEBACK_SHADERS_QUANT_KEEP_COUNT_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct KeepCountParams {
  uint rows;
  uint cols;
  uint block;    // length of a scope; the last of a row may be shorter
  uint blocks;   // scopes in a row
  uint chunks;   // invocations that share a scope
  uint shift;    // of the digit that is counted
  uint indices;  // 0: digits of the magnitudes, 1: of the indices of those equal to the threshold
  uint start;    // 1: the first round, nothing is known yet
};
RIDGEBACK_PARAMS_END

#endif
