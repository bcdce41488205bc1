// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_ELEMENTWISE_CAST_HALF_H
#define RIDGEBACK_SHADERS_ELEMENTWISE_CAST_HALF_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct CastHalfParams {
  uint count;
};
RIDGEBACK_PARAMS_END

#endif
