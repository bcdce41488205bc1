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

// INPUT_QUADS(binding, x) declares a buffer, `load_x(row, quad, cols, fill)`, where absent columns read as
// `fill`, and what READ_FLOATS does; OUTPUT_QUADS(binding, y) declares `store_y(row, quad, cols, v)` and, in the
// variant wide, `store_two_y(row, quad, cols, v, w)` for quads `quad`, which is even, and `quad` + 1 of rows of whole
// eights. That is the longest store, for which CPU drivers go through the lanes once.
#ifdef WIDE
#define INPUT_QUADS(number, x_)                                                               \
  READ_FLOATS(number, x_)                                                                     \
  vec4 load_##x_(uint row, uint quad, uint cols, float fill) {                                \
    return x_##_quad(row * (cols / 4u) + quad);                                               \
  }

#define OUTPUT_QUADS(number, x_)                                                              \
  layout(set = 0, binding = number) writeonly buffer x_##OutQuads { QUAD x_##_out_quads[]; }; \
  void store_##x_(uint row, uint quad, uint cols, vec4 quad_) {                               \
    x_##_out_quads[row * (cols / 4u) + quad] = quad_of(quad_);                                \
  }                                                                                           \
  layout(set = 0, binding = number) writeonly buffer x_##OutTwos { u64vec4 x_##_out_twos[]; }; \
  void store_two_##x_(uint row, uint quad, uint cols, vec4 quad_, vec4 next_) {               \
    x_##_out_twos[(row * (cols / 4u) + quad) / 2u] = u64vec4(quad_of(quad_), quad_of(next_)); \
  }
#else
#define INPUT_QUADS(number, x_)                                                               \
  READ_FLOATS(number, x_)                                                                     \
  vec4 load_##x_(uint row, uint quad, uint cols, float fill) {                                \
    if (WHOLE_QUADS) return x_##_quad(row * (cols / 4u) + quad);                              \
    const uint at_ = row * cols + 4u * quad, length_ = cols - 4u * quad;                      \
    vec4 quad_ = vec4(x_##_at(at_), fill, fill, fill);                                        \
    if (length_ > 1u) quad_.y = x_##_at(at_ + 1u);                                            \
    if (length_ > 2u) quad_.z = x_##_at(at_ + 2u);                                            \
    if (length_ > 3u) quad_.w = x_##_at(at_ + 3u);                                            \
    return quad_;                                                                             \
  }

#define OUTPUT_QUADS(number, x_)                                                              \
  layout(set = 0, binding = number) writeonly buffer x_##OutWords { float x_##_out_words[]; }; \
  layout(set = 0, binding = number) writeonly buffer x_##OutQuads { vec4 x_##_out_quads[]; }; \
  void store_##x_(uint row, uint quad, uint cols, vec4 quad_) {                               \
    if (WHOLE_QUADS) {                                                                        \
      x_##_out_quads[row * (cols / 4u) + quad] = quad_;                                       \
      return;                                                                                 \
    }                                                                                         \
    const uint at_ = row * cols + 4u * quad, length_ = cols - 4u * quad;                      \
    x_##_out_words[at_] = quad_.x;                                                            \
    if (length_ > 1u) x_##_out_words[at_ + 1u] = quad_.y;                                     \
    if (length_ > 2u) x_##_out_words[at_ + 2u] = quad_.z;                                     \
    if (length_ > 3u) x_##_out_words[at_ + 3u] = quad_.w;                                     \
  }
#endif

float quad_sum(vec4 v) { return (v.x + v.y) + (v.z + v.w); }

float quad_max(vec4 v) { return max(max(v.x, v.y), max(v.z, v.w)); }

#endif
