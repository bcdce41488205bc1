// SPDX-License-Identifier: Apache-2.0
// WIDE_STORE(binding, c) declares store_c(quad, four), which stores four floats as two words of 64 bits: each takes as
// long as 32 bits do on CPU drivers. Needs the extension GL_ARB_gpu_shader_int64.
#ifndef RIDGEBACK_MATMUL_WIDE_STORE_GLSL
#define RIDGEBACK_MATMUL_WIDE_STORE_GLSL

#define WIDE_STORE(number, name)                                                               \
  layout(set = 0, binding = number) writeonly buffer name##_Quads { u64vec2 name##_quads[]; }; \
  void store_##name(uint quad, vec4 four) {                                                    \
    const uvec4 bits = floatBitsToUint(four);                                                  \
    name##_quads[quad] = u64vec2(packUint2x32(bits.xy), packUint2x32(bits.zw));                \
  }

#endif
