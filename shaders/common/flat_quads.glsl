// SPDX-License-Identifier: Apache-2.0
// `count` floats in quads; only the last quad may hold fewer than four. A buffer is declared as words and as
// vectors at the same binding, because its end need not be a whole vector.
// The variant `wide` (wide.glsl) serves counts that 4 divides and has no code for the end, which a CPU driver
// would run masked for every quad: adam_step moves 2.6 times as many bytes a second with both on lavapipe 22.3.
// Names in the macros end in _, so that a buffer may be called anything else. Include this first.
#ifndef RIDGEBACK_FLAT_QUADS_GLSL
#define RIDGEBACK_FLAT_QUADS_GLSL
#include "wide.glsl"
#include "index.glsl"

// FLAT_INPUT(binding, x) declares a buffer and `load_x(quad, count)`, FLAT_OUTPUT(binding, y)
// `store_y(quad, count, v)`.
#ifdef WIDE
#define FLAT_INPUT(number, x_)                                                                \
  READ_FLOATS(number, x_)                                                                     \
  vec4 load_##x_(uint quad, uint count) { return x_##_quad(quad); }
#define FLAT_OUTPUT(number, x_)                                                               \
  layout(set = 0, binding = number) writeonly buffer x_##OutQuads { QUAD x_##_out_quads[]; }; \
  void store_##x_(uint quad, uint count, vec4 quad_) { x_##_out_quads[quad] = quad_of(quad_); }
#else
#define FLAT_INPUT(number, x_)                                                                \
  READ_FLOATS(number, x_)                                                                     \
  vec4 load_##x_(uint quad, uint count) {                                                     \
    if (4u * quad + 4u <= count) return x_##_quad(quad);                                      \
    vec4 quad_ = vec4(0.0);                                                                   \
    for (uint i_ = 0u; 4u * quad + i_ < count; ++i_) quad_[i_] = x_##_at(4u * quad + i_);     \
    return quad_;                                                                             \
  }

#define FLAT_OUTPUT(number, x_)                                                               \
  layout(set = 0, binding = number) writeonly buffer x_##OutWords { float x_##_out_words[]; }; \
  layout(set = 0, binding = number) writeonly buffer x_##OutQuads { vec4 x_##_out_quads[]; }; \
  void store_##x_(uint quad, uint count, vec4 quad_) {                                        \
    if (4u * quad + 4u <= count) {                                                            \
      x_##_out_quads[quad] = quad_;                                                           \
      return;                                                                                 \
    }                                                                                         \
    for (uint i_ = 0u; 4u * quad + i_ < count; ++i_) {                                        \
      x_##_out_words[4u * quad + i_] = quad_[i_];                                             \
    }                                                                                         \
  }
#endif

// Quad number `item` of this invocation; neighbours take neighbours.
uint flat_quad(uint item, uint items) {
  return (linear_group() * items + item) * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
}

#endif
