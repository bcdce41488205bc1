// SPDX-License-Identifier: Apache-2.0
// `count` floats in quads, one invocation a quad; only the last quad may hold fewer than four. A buffer
// is declared as words and as vectors at the same binding, because its end need not be a whole vector.
// Names in the macros end in _, so that a buffer may be called anything else.
#ifndef RIDGEBACK_FLAT_QUADS_GLSL
#define RIDGEBACK_FLAT_QUADS_GLSL

#define FLAT_INPUT(number, Block, words, Block4, quads, load)                           \
  layout(set = 0, binding = number) readonly buffer Block { float words[]; };           \
  layout(set = 0, binding = number) readonly buffer Block4 { vec4 quads[]; };           \
  vec4 load(uint quad, uint count) {                                                    \
    if (4u * quad + 4u <= count) return quads[quad];                                    \
    vec4 quad_ = vec4(0.0);                                                             \
    for (uint i_ = 0u; 4u * quad + i_ < count; ++i_) quad_[i_] = words[4u * quad + i_]; \
    return quad_;                                                                       \
  }

#define FLAT_OUTPUT(number, Block, words, Block4, quads, store)                         \
  layout(set = 0, binding = number) writeonly buffer Block { float words[]; };          \
  layout(set = 0, binding = number) writeonly buffer Block4 { vec4 quads[]; };          \
  void store(uint quad, uint count, vec4 quad_) {                                       \
    if (4u * quad + 4u <= count) {                                                      \
      quads[quad] = quad_;                                                              \
      return;                                                                           \
    }                                                                                   \
    for (uint i_ = 0u; 4u * quad + i_ < count; ++i_) words[4u * quad + i_] = quad_[i_]; \
  }

#endif
