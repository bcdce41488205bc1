// SPDX-License-Identifier: Apache-2.0
// Buffers of 32-bit values, read and written four at a time (a quad).
//   READ_FLOATS(binding, x)   x_quad(i): values 4 i .. 4 i + 3    x_at(i): value i    x_pair(i): values 2 i, 2 i + 1
//   READ_WORDS(binding, x)    the same for words that may be integers, which must not pass through float registers
// declare a buffer that is only read. Written ones are arrays of QUAD, filled with quad_of(), of QUAD_WORDS, filled
// with quad_of_words(), or of PAIR, filled with pair_of() or pair_of_words().
// In the variant `wide`, for CPU drivers that go through the lanes of a storage load or store one by one, reads are
// texels (texels.glsl) and a quad is written as two 64-bit words: on lavapipe 22.3 a copy moves 3.6 times as many
// bytes a second as with 64-bit words both ways; a quad of eight lanes takes 10 ns to load and 45 to store. A
// buffer that is also written, in the same or in another binding, may be read only where this invocation alone
// writes, before it does. Include this first: it has an #extension line.
#ifndef RIDGEBACK_WIDE_GLSL
#define RIDGEBACK_WIDE_GLSL

#ifdef WIDE
#extension GL_ARB_gpu_shader_int64 : require
#include "texels.glsl"

#define QUAD u64vec2
#define QUAD_WORDS u64vec2
#define PAIR uint64_t
uint64_t pair_of_words(uvec2 v) { return packUint2x32(v); }
uint64_t pair_of(vec2 v) { return packUint2x32(floatBitsToUint(v)); }
u64vec2 quad_of_words(uvec4 v) { return u64vec2(packUint2x32(v.xy), packUint2x32(v.zw)); }
u64vec2 quad_of(vec4 v) { return quad_of_words(floatBitsToUint(v)); }

#define READ_FLOATS(number, x_)                                                               \
  FLOAT_TEXELS(number, x_##_texels)                                                           \
  READ_TEXELS(x_, float, vec2, vec4)
#define READ_WORDS(number, x_)                                                                \
  UINT_TEXELS(number, x_##_texels)                                                            \
  READ_TEXELS(x_, uint, uvec2, uvec4)
#define READ_TEXELS(x_, One, Pair, Quad)                                                      \
  Quad x_##_quad(uint i) { return texelFetch(x_##_texels, int(i)); }                          \
  One x_##_at(uint i) { return x_##_quad(i >> 2)[i & 3u]; }                                   \
  Pair x_##_pair(uint i) {                                                                    \
    const Quad quad_ = x_##_quad(i >> 1);                                                     \
    return (i & 1u) == 0u ? quad_.xy : quad_.zw;                                              \
  }

#else
#define QUAD vec4
#define QUAD_WORDS uvec4
#define PAIR uvec2
uvec2 pair_of_words(uvec2 v) { return v; }
uvec2 pair_of(vec2 v) { return floatBitsToUint(v); }
uvec4 quad_of_words(uvec4 v) { return v; }
vec4 quad_of(vec4 v) { return v; }

#define READ_FLOATS(number, x_) READ_BUFFER(number, x_, float, vec2, vec4)
#define READ_WORDS(number, x_) READ_BUFFER(number, x_, uint, uvec2, uvec4)
// As vectors and as single values, because the end need not be a whole vector.
#define READ_BUFFER(number, x_, One, Pair, Quad)                                              \
  layout(set = 0, binding = number) readonly buffer x_##Ones { One x_##_ones[]; };            \
  layout(set = 0, binding = number) readonly buffer x_##Pairs { Pair x_##_pairs[]; };         \
  layout(set = 0, binding = number) readonly buffer x_##Quads { Quad x_##_quads[]; };         \
  One x_##_at(uint i) { return x_##_ones[i]; }                                                \
  Pair x_##_pair(uint i) { return x_##_pairs[i]; }                                            \
  Quad x_##_quad(uint i) { return x_##_quads[i]; }
#endif

#endif
