// SPDX-License-Identifier: Apache-2.0
#ifndef RIDGEBACK_SHADERS_COMMON_EPILOGUE_H
#define RIDGEBACK_SHADERS_COMMON_EPILOGUE_H
#include "params.h"

RIDGEBACK_PARAMS_BEGIN
const uint EPILOGUE_STEPS = 4u;
const uint EPILOGUE_OPERANDS = 3u;
const uint EPILOGUE_SCALARS = 8u;  // alpha and beta of each step, in the product's parameters

// A step, one specialization constant each: code | operand << 8 | swapped << 10. Codes are those of
// elementwise/chain.h; a swapped function has the operand on its left.

// What an operand is, three bits each in one specialization constant.
const uint EPILOGUE_FULL = 0u;    // as many elements as the product
const uint EPILOGUE_ROW = 1u;     // one for each column, the same for each row
const uint EPILOGUE_SCALAR = 2u;  // one element
const uint EPILOGUE_COLUMN = 3u;  // one for each row
const uint EPILOGUE_NONE = 4u;    // not there
const uint EPILOGUE_NO_OPERANDS = 292u;  // none of three
// Rows of the product are whole quads, a bit of the same constant.
const uint EPILOGUE_WHOLE = 512u;
RIDGEBACK_PARAMS_END

#endif
