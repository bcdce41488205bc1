// SPDX-License-Identifier: Apache-2.0
// WIDE_STORE(binding, c) declares store_c(quad, four), which stores four floats as two words of 64 bits: each takes as
// long as 32 bits do on CPU drivers; and store_c_two(two, a, b), which stores eight in less time than twice four.
// Needs the extension GL_ARB_gpu_shader_int64.
#ifndef RIDGEBACK_MATMUL_WIDE_STORE_GLSL
#define RIDGEBACK_MATMUL_WIDE_STORE_GLSL

#define WIDE_STORE(number, name)                                                               \
  layout(set = 0, binding = number) writeonly buffer name##_Quads { u64vec2 name##_quads[]; }; \
  layout(set = 0, binding = number) writeonly buffer name##_Twos { u64vec4 name##_twos[]; };   \
  u64vec2 name##_words(vec4 four) {                                                            \
    const uvec4 bits = floatBitsToUint(four);                                                  \
    return u64vec2(packUint2x32(bits.xy), packUint2x32(bits.zw));                              \
  }                                                                                            \
  void store_##name(uint quad, vec4 four) { name##_quads[quad] = name##_words(four); }         \
  void store_##name##_two(uint two, vec4 a, vec4 b) {                                          \
    name##_twos[two] = u64vec4(name##_words(a), name##_words(b));                              \
  }

#endif
