// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_MEMORY_FILL_H
#define RIDGEBACK_SHADERS_MEMORY_FILL_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct FillParams {
  uint count;  // words to write
  uint word;   // what to write
};
RIDGEBACK_PARAMS_END

#endif
