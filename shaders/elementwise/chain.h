// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_ELEMENTWISE_CHAIN_H
#define RIDGEBACK_SHADERS_ELEMENTWISE_CHAIN_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
const uint CHAIN_STEPS = 8u;
const uint CHAIN_INPUTS = 6u;

struct ChainParams {
  uint count;         // elements of the result
  uint columns;       // extent of its innermost axis; used where an operand is a row
  float scalars[16];  // alpha and beta of each step
};

// A step, one specialization constant each: code | left << 8 | right << 16. Values 0 to
// CHAIN_INPUTS - 1 are the operands, CHAIN_INPUTS + i is the result of step i.
const uint CHAIN_BINARY = 64u;  // codes from here on are BINARY_ + CHAIN_BINARY, those below UNARY_
const uint CHAIN_PASS = 255u;   // the left value as it is

// What an operand is, two bits each in one specialization constant.
const uint CHAIN_FULL = 0u;    // as many elements as the result
const uint CHAIN_ROW = 1u;     // `columns` elements, the same for each row; 4 must divide them
const uint CHAIN_SCALAR = 2u;  // one element
const uint CHAIN_NONE = 3u;    // not there
RIDGEBACK_PARAMS_END

#endif
