// SPDX-License-Identifier: Apache-2.0
// Rounding to whole numbers. The including kernel has READ_STEP and a constant ROUNDING.
//   NEAREST     round(f), halves to even
//   STOCHASTIC  floor(f + u), u uniform in [0, 1): the mean over draws is f, and a whole number stays what it is
// The draws of columns 4k .. 4k+3 of a row are the words of one Philox block, so they depend on seed, step, stream
// and place alone: a replayed step rounds alike, whatever the variant.
#ifndef RIDGEBACK_ROUNDING_GLSL
#define RIDGEBACK_ROUNDING_GLSL
#include "../common/step_random.glsl"
#include "codes.h"

// u of quad k of a row of `cols` columns.
vec4 rounding_draws(uint stream, uint row, uint cols, uint k) {
  if (ROUNDING == NEAREST) return vec4(0.0);
  return unit_floats(step_random(step_seed(), step_number(), stream, row * ((cols + 3u) / 4u) + k));
}

vec4 rounded(vec4 f, vec4 u) { return ROUNDING == STOCHASTIC ? floor(f + u) : roundEven(f); }

// 0 and +-2^e, e >= 0: to the nearest (halves up in magnitude), or up with the probability that makes the mean f.
vec4 rounded_to_power(vec4 f, vec4 u) {
  const vec4 a = abs(f);
  // Adding to the mantissa carries into the exponent where it reaches a whole.
  const uvec4 carry = ROUNDING == STOCHASTIC ? uvec4(u * 8388608.0) : uvec4(0x00400000u);
  const vec4 large = uintBitsToFloat((floatBitsToUint(a) + carry) & 0xFF800000u);
  return mix(large, rounded(a, u), lessThan(a, vec4(1.0))) * sign(f);
}

#endif
