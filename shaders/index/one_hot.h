// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_INDEX_ONE_HOT_H
#define RIDGEBACK_SHADERS_INDEX_ONE_HOT_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct OneHotParams {
  uint classes;
  uint count;  // places * classes
};
RIDGEBACK_PARAMS_END

#endif
