// SPDX-License-Identifier: Apache-2.0
// Numbers of the packed types, as kernels take them in specialization constants: the values of
// ridgeback::DType, which lib/ridgeback/quant/product_tiles.cpp checks.
#ifndef RIDGEBACK_SHADERS_COMMON_PACKED_H
#define RIDGEBACK_SHADERS_COMMON_PACKED_H
#include "params.h"

RIDGEBACK_PARAMS_BEGIN
const uint PACKED_B1 = 4u;
const uint PACKED_S1 = 5u;
const uint PACKED_TERNARY = 6u;
const uint PACKED_I2 = 7u;
const uint PACKED_I4 = 8u;
const uint PACKED_I8 = 9u;
RIDGEBACK_PARAMS_END

#endif
