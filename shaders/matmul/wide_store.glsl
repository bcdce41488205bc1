// SPDX-License-Identifier: Apache-2.0
// Stores of several floats that lie side by side, as words of 64 bits: each takes as long as 32 bits do on CPU drivers,
// which store lane by lane. WIDE_STORE(binding, c) declares, beside the buffer c of floats,
//   store_c(quad, four)          four floats
//   store_c_two(two, a, b)       eight, in less time than twice four
//   store_c_pairs(at, a, b, n)   the first n >= 1 of eight from c[at] on, wherever that is: pairs, and one before and after them
// Needs the extension GL_ARB_gpu_shader_int64.
#ifndef RIDGEBACK_MATMUL_WIDE_STORE_GLSL
#define RIDGEBACK_MATMUL_WIDE_STORE_GLSL

#define WIDE_STORE(number, name)                                                                \
  layout(set = 0, binding = number) writeonly buffer name##_Pairs { uint64_t name##_pairs[]; }; \
  layout(set = 0, binding = number) writeonly buffer name##_Quads { u64vec2 name##_quads[]; };  \
  layout(set = 0, binding = number) writeonly buffer name##_Twos { u64vec4 name##_twos[]; };    \
  u64vec2 name##_words(vec4 four) {                                                             \
    const uvec4 bits = floatBitsToUint(four);                                                   \
    return u64vec2(packUint2x32(bits.xy), packUint2x32(bits.zw));                               \
  }                                                                                             \
  void store_##name(uint quad, vec4 four) { name##_quads[quad] = name##_words(four); }          \
  void store_##name##_two(uint two, vec4 a, vec4 b) {                                           \
    name##_twos[two] = u64vec4(name##_words(a), name##_words(b));                               \
  }                                                                                             \
  void store_##name##_pairs(uint at, vec4 a, vec4 b, uint n) {                                  \
    const bool odd = (at & 1u) != 0u;                                                           \
    const uint first = (at + 1u) / 2u, rest = n - (at & 1u), pairs = rest / 2u;                 \
    const u64vec2 low = name##_words(odd ? vec4(a.yzw, b.x) : a);                               \
    const u64vec2 high = name##_words(odd ? b.yzww : b);                                        \
    if (pairs > 0u) name##_pairs[first] = low.x;                                                \
    if (pairs > 1u) name##_pairs[first + 1u] = low.y;                                           \
    if (pairs > 2u) name##_pairs[first + 2u] = high.x;                                          \
    if (pairs > 3u) name##_pairs[first + 3u] = high.y;                                          \
    if (odd) name[at] = a.x;                                                                    \
    const uint last = n - 1u;                                                                   \
    const vec4 four = last > 3u ? b : a;                                                        \
    const vec2 two = (last & 2u) != 0u ? four.zw : four.xy;                                     \
    if ((rest & 1u) != 0u) name[at + last] = (last & 1u) != 0u ? two.y : two.x;                 \
  }

// STORE_TILE of common/epilogue.glsl for columns that lie side by side: `y_run_` of them are stored at a time, 4 or 8, which
// divides the columns of y_, or eight in pairs where it is 2. COLUMN_(j) begins such a run where j is a multiple of its length.
#define STORE_RUNS(y_, sums_, tile_rows_, tile_cols_, line0_, row0_, COLUMN_, y_run_)                          \
  [[unroll]] for (int i = 0; i < tile_rows_; ++i) {                                                            \
    [[unroll]] for (int j = 0; j < tile_cols_; j += y_run_ == 2 ? 8 : y_run_) {                                \
      const uint row = row0_ + i, line = line0_ + min(row, PRODUCT_ROWS - 1u), col = COLUMN_(j);               \
      const uint at = line * p.cols + col;                                                                     \
      const bool mine = row < PRODUCT_ROWS && col < p.cols;                                                    \
      const vec4 four = epilogue(TILE_FOUR(sums_, i, j, tile_cols_), line, col + uvec4(0, 1, 2, 3));           \
      if (y_run_ == 4) {                                                                                       \
        if (mine) store_##y_(at / 4u, four);                                                                   \
      } else {                                                                                                 \
        const int k = min(j + 4, tile_cols_ - 4);                                                              \
        const vec4 next = epilogue(TILE_FOUR(sums_, i, k, tile_cols_), line, col + uvec4(4, 5, 6, 7));         \
        if (y_run_ == 8 && mine) store_##y_##_two(at / 8u, four, next);                                        \
        if (y_run_ == 2 && mine) store_##y_##_pairs(at, four, next, min(p.cols - col, 8u));                    \
      }                                                                                                        \
    }                                                                                                          \
  }

#endif
