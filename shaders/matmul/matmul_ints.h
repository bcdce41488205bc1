// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_MATMUL_MATMUL_INTS_H
#define RIDGEBACK_SHADERS_MATMUL_MATMUL_INTS_H
#include "matmul_codes.h"

RIDGEBACK_PARAMS_BEGIN
struct MatmulIntsParams {
  MatmulCodesParams product;
};
RIDGEBACK_PARAMS_END

#endif
