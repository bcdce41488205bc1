// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_QUANT_TURN_WORDS_H
#define RIDGEBACK_SHADERS_QUANT_TURN_WORDS_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct TurnWordsParams {
  uint rows;   // of `from`
  uint pitch;  // words of a row of `from`
  uint words;  // of each row that are wanted
};
RIDGEBACK_PARAMS_END

#endif
