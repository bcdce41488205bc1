// SPDX-License-Identifier: Apache-2.0
// What a launch of the products makes, their constant PRODUCTS.
#ifndef RIDGEBACK_SHADERS_MATMUL_PRODUCTS_H
#define RIDGEBACK_SHADERS_MATMUL_PRODUCTS_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
const uint PRODUCTS_ONE = 0u;
// Alike; their operands lie one after the other.
const uint PRODUCTS_BATCHES = 1u;
// Groups of the rows of the first operand, or of the terms of all sums, whose ends a buffer says.
const uint PRODUCTS_ROW_GROUPS = 2u;
const uint PRODUCTS_TERM_GROUPS = 3u;
RIDGEBACK_PARAMS_END

#endif
