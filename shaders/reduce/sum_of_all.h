// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_REDUCE_SUM_OF_ALL_H
#define RIDGEBACK_SHADERS_REDUCE_SUM_OF_ALL_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct SumOfAllParams {
  uint counts[7];  // values of each buffer
  uint ends[7];    // tasks up to the end of each buffer; whole work groups of them
  uint squared;    // bit i: buffer i counts squared
  uint segment;    // values that one task adds up, a multiple of 4
  uint first;      // the place in y of task 0
  uint written;    // tasks that have one
};
RIDGEBACK_PARAMS_END

#endif
