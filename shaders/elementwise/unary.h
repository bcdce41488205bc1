// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_ELEMENTWISE_UNARY_H
#define RIDGEBACK_SHADERS_ELEMENTWISE_UNARY_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
struct UnaryParams {
  uint count;   // elements
  float alpha;  // what they mean depends on the operation
  float beta;
};

// The operation, specialization constant 1.
const uint UNARY_NEG = 0u;
const uint UNARY_ABS = 1u;
const uint UNARY_SIGN = 2u;
const uint UNARY_SQUARE = 3u;
const uint UNARY_SQRT = 4u;
const uint UNARY_RSQRT = 5u;
const uint UNARY_RECIPROCAL = 6u;
const uint UNARY_EXP = 7u;
const uint UNARY_LOG = 8u;
const uint UNARY_SIN = 9u;
const uint UNARY_COS = 10u;
const uint UNARY_TANH = 11u;
const uint UNARY_SIGMOID = 12u;
const uint UNARY_RELU = 13u;
const uint UNARY_GELU = 14u;       // x/2 (1 + erf(x / sqrt 2))
const uint UNARY_GELU_TANH = 15u;  // x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))
const uint UNARY_SILU = 16u;
const uint UNARY_LEAKY_RELU = 17u;  // x > 0 ? x : alpha x
const uint UNARY_LEAKY_STEP = 18u;  // x > 0 ? 1 : alpha
const uint UNARY_SOFTPLUS = 19u;
const uint UNARY_CLAMP = 20u;  // to [alpha, beta]
const uint UNARY_ROUND = 21u;  // half to even
const uint UNARY_FLOOR = 22u;
const uint UNARY_ERF = 23u;
const uint UNARY_ADD = 24u;   // x + alpha
const uint UNARY_MUL = 25u;   // x * alpha
const uint UNARY_DIV = 26u;   // x / alpha
const uint UNARY_RSUB = 27u;  // alpha - x
const uint UNARY_RDIV = 28u;  // alpha / x
const uint UNARY_POW = 29u;   // x ^ alpha
const uint UNARY_MAXIMUM = 30u;
const uint UNARY_MINIMUM = 31u;
const uint UNARY_GREATER = 32u;  // x > alpha ? 1 : 0
const uint UNARY_LESS = 33u;
const uint UNARY_EQUAL = 34u;
RIDGEBACK_PARAMS_END

#endif
