// SPDX-License-Identifier: Apache-2.0
// What a reduction does with two values; the kinds are those of ReduceKind in ops/reduce.cpp.
// Sums are blocked: BLOCK values are added up before they join the total, so that rounding errors
// grow with the square root of the length at worst, not with the length.
#ifndef RIDGEBACK_REDUCE_KINDS_GLSL
#define RIDGEBACK_REDUCE_KINDS_GLSL

const uint REDUCE_SUM = 0u;
const uint REDUCE_MAX = 1u;
const uint REDUCE_MIN = 2u;
const uint REDUCE_SQUARES = 3u;     // a sum of squares
const uint REDUCE_NOT_FINITE = 4u;  // counts NaN and infinities
const uint BLOCK = 32u;

bool adds(uint kind) { return kind != REDUCE_MAX && kind != REDUCE_MIN; }

vec4 identity(uint kind) {
  const float infinity = uintBitsToFloat(0x7f800000u);
  return vec4(adds(kind) ? 0.0 : kind == REDUCE_MAX ? -infinity : infinity);
}

vec4 combine(uint kind, vec4 a, vec4 b) {
  return adds(kind) ? a + b : kind == REDUCE_MAX ? max(a, b) : min(a, b);
}

// What a value brings to combine().
vec4 summand(uint kind, vec4 v) {
  if (kind == REDUCE_SQUARES) return v * v;
  // By its exponent's bits: compilers may take floats for finite.
  const uvec4 infinity = uvec4(0x7F800000u);
  if (kind == REDUCE_NOT_FINITE) return vec4(equal(floatBitsToUint(v) & infinity, infinity));
  return v;
}

float across(uint kind, vec4 v) {
  const vec4 pairs = combine(kind, v, v.yxwz);
  return combine(kind, pairs, pairs.zwxy).x;
}

#endif
