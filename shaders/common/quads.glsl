// SPDX-License-Identifier: Apache-2.0
// A row of `cols` floats in quads: quad q holds columns 4 q to 4 q + 3, the last one maybe fewer. Rows of
// whole quads are loaded and stored 16 bytes at a time; others word by word, never past their end.
#ifndef RIDGEBACK_QUADS_GLSL
#define RIDGEBACK_QUADS_GLSL

layout(constant_id = 1) const bool WHOLE_QUADS = false;  // 4 divides cols

uint quads_of(uint cols) { return (cols + 3u) / 4u; }

// Columns that quad q really holds.
uint quad_length(uint quad, uint cols) { return WHOLE_QUADS ? 4u : min(4u, cols - 4u * quad); }

// Declares buffer `words` at a binding and `load(row, quad, cols, fill)`; absent columns read as `fill`.
#define INPUT_QUADS(number, Block, words, Block4, quads, load)                          \
  layout(set = 0, binding = number) readonly buffer Block { float words[]; };           \
  layout(set = 0, binding = number) readonly buffer Block4 { vec4 quads[]; };           \
  vec4 load(uint row, uint quad, uint cols, float fill) {                               \
    if (WHOLE_QUADS) return quads[row * (cols / 4u) + quad];                            \
    const uint at = row * cols + 4u * quad, length = cols - 4u * quad;                  \
    vec4 v = vec4(words[at], fill, fill, fill);                                         \
    if (length > 1u) v.y = words[at + 1u];                                              \
    if (length > 2u) v.z = words[at + 2u];                                              \
    if (length > 3u) v.w = words[at + 3u];                                              \
    return v;                                                                           \
  }

// Declares buffer `words` at a binding and `store(row, quad, cols, v)`.
#define OUTPUT_QUADS(number, Block, words, Block4, quads, store)                        \
  layout(set = 0, binding = number) writeonly buffer Block { float words[]; };          \
  layout(set = 0, binding = number) writeonly buffer Block4 { vec4 quads[]; };          \
  void store(uint row, uint quad, uint cols, vec4 v) {                                  \
    if (WHOLE_QUADS) {                                                                  \
      quads[row * (cols / 4u) + quad] = v;                                              \
      return;                                                                           \
    }                                                                                   \
    const uint at = row * cols + 4u * quad, length = cols - 4u * quad;                  \
    words[at] = v.x;                                                                    \
    if (length > 1u) words[at + 1u] = v.y;                                              \
    if (length > 2u) words[at + 2u] = v.z;                                              \
    if (length > 3u) words[at + 3u] = v.w;                                              \
  }

float quad_sum(vec4 v) { return (v.x + v.y) + (v.z + v.w); }

float quad_max(vec4 v) { return max(max(v.x, v.y), max(v.z, v.w)); }

#endif
