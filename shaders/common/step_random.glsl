// SPDX-License-Identifier: Apache-2.0
// Random words of a step: block b of stream s is philox(seed, (b, step, s, STEP_RANDOM_DOMAIN)), the same
// bits as random_words() of ops/random.hpp. The last word keeps these streams apart from those of
// core/random.hpp's Random, which a host draws initial values and shuffles from.
#ifndef RIDGEBACK_STEP_RANDOM_GLSL
#define RIDGEBACK_STEP_RANDOM_GLSL

#include "random.glsl"
#include "step.glsl"

const uint STEP_RANDOM_DOMAIN = 0x53544550u;  // "STEP"

uvec4 step_random(uvec2 seed, uint step, uint stream, uint block) {
  return philox(seed, uvec4(block, step, stream, STEP_RANDOM_DOMAIN));
}

vec4 unit_floats(uvec4 words) { return vec4(words >> 8u) * (1.0 / 16777216.0); }

#endif
