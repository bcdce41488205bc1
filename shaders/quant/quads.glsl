// SPDX-License-Identifier: Apache-2.0
// Four codes at a time. Quad k of a row is its columns 4k .. 4k+3; it never crosses a word. Formats are
// those of core/bits.hpp; ternary has its signs in .x and its non-zero mask in .y.
#ifndef RIDGEBACK_QUADS_GLSL
#define RIDGEBACK_QUADS_GLSL
#include "codes.h"

// Bits of one code in its word (in each plane of ternary).
uint code_width(uint type) {
  return type == TYPE_I8 ? 8u : type == TYPE_I4 ? 4u : type == TYPE_I2 ? 2u : 1u;
}

// Word of the row that holds quad k (the sign word of ternary), and the quad's first bit in it.
uint quad_word(uint type, uint k) {
  const uint word = k * code_width(type) / 8u;
  return type == TYPE_TERNARY ? 2u * word : word;
}
uint quad_shift(uint type, uint k) { return k * 4u * code_width(type) & 31u; }

uint bits_of_quad(uvec4 fields, uint width) {
  return fields.x | fields.y << width | fields.z << 2u * width | fields.w << 3u * width;
}

// The bits of four stored codes, starting at bit 0.
uvec2 pack_quad(uint type, vec4 codes) {
  const uvec4 negative = uvec4(lessThan(codes, vec4(0.0)));
  if (type == TYPE_S1) return uvec2(bits_of_quad(negative, 1u), 0u);
  if (type == TYPE_TERNARY) {
    return uvec2(bits_of_quad(negative, 1u), bits_of_quad(uvec4(notEqual(codes, vec4(0.0))), 1u));
  }
  const uint width = code_width(type);
  const uint mask = (1u << width) - 1u;
  return uvec2(bits_of_quad(uvec4(ivec4(codes)) & mask, width), 0u);
}

// Four stored codes from the word(s) that hold them.
vec4 unpack_quad(uint type, uvec2 words, uint shift) {
  const uint width = code_width(type);
  if (width == 1u) {
    const vec4 bits = vec4((uvec4(words.x >> shift) >> uvec4(0, 1, 2, 3)) & 1u);
    if (type == TYPE_B1) return bits;
    if (type == TYPE_S1) return 1.0 - 2.0 * bits;
    const vec4 kept = vec4((uvec4(words.y >> shift) >> uvec4(0, 1, 2, 3)) & 1u);
    return kept * (1.0 - 2.0 * bits);
  }
  const int word = int(words.x);
  const int w = int(width), s = int(shift);
  return vec4(bitfieldExtract(word, s, w), bitfieldExtract(word, s + w, w),
              bitfieldExtract(word, s + 2 * w, w), bitfieldExtract(word, s + 3 * w, w));
}

#endif
