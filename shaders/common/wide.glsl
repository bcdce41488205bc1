// SPDX-License-Identifier: Apache-2.0
// Four floats of a buffer as one QUAD. In the variant `wide` they are read and written as two 64-bit words,
// which CPU drivers that go through the lanes one by one do in half the time (perturb of 2048x2048 in blocks of
// 64 on one core of lavapipe 22.3: 70 to 45 ms). QUAD_WORDS is the same for four words that may be integers, which
// must not pass through float registers. Include this first: it has an #extension line.
#ifndef RIDGEBACK_WIDE_GLSL
#define RIDGEBACK_WIDE_GLSL

#ifdef WIDE
#extension GL_ARB_gpu_shader_int64 : require
#define QUAD u64vec2
#define QUAD_WORDS u64vec2
uvec4 words_of(u64vec2 v) { return uvec4(unpackUint2x32(v.x), unpackUint2x32(v.y)); }
vec4 floats_of(u64vec2 v) {
  return vec4(uintBitsToFloat(unpackUint2x32(v.x)), uintBitsToFloat(unpackUint2x32(v.y)));
}
u64vec2 quad_of_words(uvec4 v) { return u64vec2(packUint2x32(v.xy), packUint2x32(v.zw)); }
u64vec2 quad_of(vec4 v) {
  return u64vec2(packUint2x32(floatBitsToUint(v.xy)), packUint2x32(floatBitsToUint(v.zw)));
}
#else
#define QUAD vec4
#define QUAD_WORDS uvec4
uvec4 words_of(uvec4 v) { return v; }
vec4 floats_of(vec4 v) { return v; }
uvec4 quad_of_words(uvec4 v) { return v; }
vec4 quad_of(vec4 v) { return v; }
#endif

#endif
