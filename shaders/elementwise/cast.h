// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_ELEMENTWISE_CAST_H
#define RIDGEBACK_SHADERS_ELEMENTWISE_CAST_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct CastParams {
  uint count;
};

// Element types, specialization constants 1 (from) and 2 (to).
const uint CAST_F32 = 0u;
const uint CAST_I32 = 1u;
const uint CAST_U32 = 2u;
RIDGEBACK_PARAMS_END

#endif
