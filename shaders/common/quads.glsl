// SPDX-License-Identifier: Apache-2.0
// A row of `cols` floats in quads: quad q holds columns 4 q to 4 q + 3, the last one maybe fewer. Rows of
// whole quads are loaded and stored 16 bytes at a time; others word by word, never past their end. Names in
// the macros end in _, so that a buffer may be called anything else. The variant `wide` (wide.glsl) serves rows
// of whole quads only. Include this first.
#ifndef RIDGEBACK_QUADS_GLSL
#define RIDGEBACK_QUADS_GLSL
#include "wide.glsl"

layout(constant_id = 1) const bool WHOLE_QUADS = false;  // 4 divides cols

uint quads_of(uint cols) { return (cols + 3u) / 4u; }

// Columns that quad q really holds.
uint quad_length(uint quad, uint cols) { return WHOLE_QUADS ? 4u : min(4u, cols - 4u * quad); }

// INPUT_QUADS declares buffer `words` at a binding and `load(row, quad, cols, fill)`, where absent columns
// read as `fill`; OUTPUT_QUADS declares `store(row, quad, cols, v)`.
#ifdef WIDE
#define INPUT_QUADS(number, Block, words, Block4, quads, load)                          \
  layout(set = 0, binding = number) readonly buffer Block { float words[]; };           \
  layout(set = 0, binding = number) readonly buffer Block4 { QUAD quads[]; };           \
  vec4 load(uint row, uint quad, uint cols, float fill) {                               \
    return floats_of(quads[row * (cols / 4u) + quad]);                                  \
  }

#define OUTPUT_QUADS(number, Block, words, Block4, quads, store)                        \
  layout(set = 0, binding = number) writeonly buffer Block4 { QUAD quads[]; };          \
  void store(uint row, uint quad, uint cols, vec4 quad_) {                              \
    quads[row * (cols / 4u) + quad] = quad_of(quad_);                                   \
  }
#else
#define INPUT_QUADS(number, Block, words, Block4, quads, load)                          \
  layout(set = 0, binding = number) readonly buffer Block { float words[]; };           \
  layout(set = 0, binding = number) readonly buffer Block4 { vec4 quads[]; };           \
  vec4 load(uint row, uint quad, uint cols, float fill) {                               \
    if (WHOLE_QUADS) return quads[row * (cols / 4u) + quad];                            \
    const uint at_ = row * cols + 4u * quad, length_ = cols - 4u * quad;                \
    vec4 quad_ = vec4(words[at_], fill, fill, fill);                                    \
    if (length_ > 1u) quad_.y = words[at_ + 1u];                                        \
    if (length_ > 2u) quad_.z = words[at_ + 2u];                                        \
    if (length_ > 3u) quad_.w = words[at_ + 3u];                                        \
    return quad_;                                                                       \
  }

#define OUTPUT_QUADS(number, Block, words, Block4, quads, store)                        \
  layout(set = 0, binding = number) writeonly buffer Block { float words[]; };          \
  layout(set = 0, binding = number) writeonly buffer Block4 { vec4 quads[]; };          \
  void store(uint row, uint quad, uint cols, vec4 quad_) {                              \
    if (WHOLE_QUADS) {                                                                  \
      quads[row * (cols / 4u) + quad] = quad_;                                          \
      return;                                                                           \
    }                                                                                   \
    const uint at_ = row * cols + 4u * quad, length_ = cols - 4u * quad;                \
    words[at_] = quad_.x;                                                               \
    if (length_ > 1u) words[at_ + 1u] = quad_.y;                                        \
    if (length_ > 2u) words[at_ + 2u] = quad_.z;                                        \
    if (length_ > 3u) words[at_ + 3u] = quad_.w;                                        \
  }
#endif

float quad_sum(vec4 v) { return (v.x + v.y) + (v.z + v.w); }

float quad_max(vec4 v) { return max(max(v.x, v.y), max(v.z, v.w)); }

#endif
