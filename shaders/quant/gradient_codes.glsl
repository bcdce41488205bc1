// SPDX-License-Identifier: Apache-2.0
// What code_gradient_rows and code_gradient_columns share: constants, ranges and rounding.
//   v = s g, or g where not SCALED       s of the other operand's row that belongs to the summand
//   q = floor(v TOP / m + u), u in (0, 1)      or halves to even where ROUNDING is NEAREST, in -TOP .. TOP
// m is the largest |v| of the block, or in HINDSIGHT the range given (the largest |v| where that is 0). A block
// whose m is too small for its inverse has codes of 0. A value that is not finite makes the block's scale so.
#ifndef RIDGEBACK_GRADIENT_CODES_GLSL
#define RIDGEBACK_GRADIENT_CODES_GLSL
#include "quads.glsl"

layout(constant_id = 2) const uint TYPE = TYPE_I8;  // i2, i4 or i8
layout(constant_id = 3) const uint TOP = 127u;
layout(constant_id = 4) const uint ROUNDING = STOCHASTIC;
layout(constant_id = 5) const bool SCALED = true;
layout(constant_id = 6) const bool HINDSIGHT = false;
layout(constant_id = 7) const bool ALIGNED = false;  // cols is a multiple of 4

// Codes are made and stored in runs of 16 along the reduction: these are the words of a run.
const uint RUN_WORDS = TYPE == TYPE_I8 ? 4u : TYPE == TYPE_I4 ? 2u : 1u;

bool is_finite(float v) { return v < uintBitsToFloat(0x7F800000u); }

// Scale s_q of the codes, v ~ s_q q, and what v is multiplied with before it is rounded. `total` is a sum of
// magnitudes.
float scale_of(float range, float total) {
  const float s = range * (1.0 / float(TOP));
  return is_finite(total) ? (s < 1.2e-38 ? 1.0 : s) : total;
}
float inverse_of(float range) { return range * (1.0 / float(TOP)) < 1.2e-38 ? 0.0 : float(TOP) / range; }

// The range for the next step. A block whose range was 0 has none yet.
float next_range(float range, float largest, float momentum) {
  return HINDSIGHT && range > 0.0 ? momentum * range + (1.0 - momentum) * largest : largest;
}

// Four numbers in (0, 1), 16 bits each.
vec4 fractions(uvec2 words) {
  const uvec4 bits = uvec4(words.x & 0xFFFFu, words.x >> 16, words.y & 0xFFFFu, words.y >> 16);
  return (vec4(bits) + 0.5) * (1.0 / 65536.0);
}

// Codes as fields of their width.
uvec4 fields_of(vec4 v, vec4 inverse, vec4 u) {
  const vec4 f = v * inverse;
  const vec4 q = clamp(ROUNDING == STOCHASTIC ? floor(f + u) : roundEven(f), -float(TOP), float(TOP));
  return uvec4(ivec4(q)) & ((1u << code_width(TYPE)) - 1u);
}

#endif
