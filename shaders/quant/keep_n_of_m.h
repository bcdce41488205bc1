// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_QUANT_KEEP_N_OF_M_H
#define RIDGEBACK_SHADERS_QUANT_KEEP_N_OF_M_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct KeepNOfMParams {
  uint rows;
  uint cols;
  uint pitch;  // words in a row of the mask
  uint n;      // kept of each run
  uint m;      // length of a run, at most 32
};
RIDGEBACK_PARAMS_END

#endif
