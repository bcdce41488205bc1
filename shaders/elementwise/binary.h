// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_ELEMENTWISE_BINARY_H
#define RIDGEBACK_SHADERS_ELEMENTWISE_BINARY_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct BinaryParams {
  uint outer;       // product of all extents but the innermost
  uint inner;       // innermost extent
  float alpha;      // what they mean depends on the operation
  float beta;
  uint extents[5];  // of the outer axes, innermost of them first
  uint a_strides[5];
  uint b_strides[5];
};

// The operation, specialization constant 1.
const uint BINARY_ADD = 0u;
const uint BINARY_SUB = 1u;
const uint BINARY_MUL = 2u;
const uint BINARY_DIV = 3u;
const uint BINARY_MAXIMUM = 4u;
const uint BINARY_MINIMUM = 5u;
const uint BINARY_POW = 6u;
const uint BINARY_GREATER = 7u;
const uint BINARY_LESS = 8u;
const uint BINARY_EQUAL = 9u;
const uint BINARY_EQUAL_BITS = 10u;    // of integers
const uint BINARY_HALF_STEP = 11u;     // a > b ? 1 : a == b ? 1/2 : 0
const uint BINARY_GATE_POSITIVE = 12u; // b > 0 ? a : 0
const uint BINARY_GATE_WITHIN = 13u;   // alpha <= b <= beta ? a : 0
RIDGEBACK_PARAMS_END

#endif
