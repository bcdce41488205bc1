// SPDX-License-Identifier: Apache-2.0
// Values of f16, which lie two to a word, the first in the lower half. No capability is needed for these.
#ifndef RIDGEBACK_HALVES_GLSL
#define RIDGEBACK_HALVES_GLSL

vec4 of_halves(uint first, uint second) { return vec4(unpackHalf2x16(first), unpackHalf2x16(second)); }

// Value i, of the word i / 2 that holds it.
float of_half(uint word, uint i) { return unpackHalf2x16(word >> (i & 1u) * 16u).x; }

#endif
