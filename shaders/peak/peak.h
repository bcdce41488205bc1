// SPDX-License-Identifier: Apache-2.0
// Parameters of the kernels that measure what a device can do at most.
#ifndef RIDGEBACK_SHADERS_PEAK_PEAK_H
#define RIDGEBACK_SHADERS_PEAK_PEAK_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct PeakParams {
  uint rounds;  // trips of the loop
  uint seed;    // unknown to the compiler, so that nothing is computed ahead
};
RIDGEBACK_PARAMS_END

#endif
