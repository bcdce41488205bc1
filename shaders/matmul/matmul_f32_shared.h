// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_MATMUL_MATMUL_F32_SHARED_H
#define RIDGEBACK_SHADERS_MATMUL_MATMUL_F32_SHARED_H
#include "matmul_f32.h"

RIDGEBACK_PARAMS_BEGIN
struct MatmulF32SharedParams {
  MatmulF32Params product;
};
RIDGEBACK_PARAMS_END

#endif
