// SPDX-License-Identifier: Apache-2.0
// Products of x with w, both of i2, i4 or i8, that make those of two rows at a time: with X the sum of two rows' codes,
// the second one's shifted, a column's sum of X w is the sum of the one row's products and, shifted, of the other's. Each is
// known to lie in a narrow range over 32 codes, so adding what keeps the lower one from 0 up makes both readable. A code of w
// comes apart once for all rows.
//   both up to four bits   f32, the second row times 2^12: whole numbers below 2^24, so all is exact
//   one of eight           i32, times 2^16
//   both                   f32, a row at a time
// Sums of 32 codes go to i32, modulo 2^32: the sum of the words and that of their upper parts, of which the lower
// part's is the difference.
//
// x is laid out by row_groups.comp, two rows to a word. w lies as it is stored. Columns of an invocation: as in
// lookup_ints.glsl. TILE_COLS is a multiple of 4, at most 16, TILE_ROWS is even or 1, and at most 16; the local and the
// subgroup's size are 8. A block is a multiple of 32 codes, or a row. One batch only.
#ifndef RIDGEBACK_MATMUL_ROW_PAIRS_GLSL
#define RIDGEBACK_MATMUL_ROW_PAIRS_GLSL

const int X_BITS = X_TYPE == PACKED_I8 ? 8 : (X_TYPE == PACKED_I4 ? 4 : 2);
const int W_BITS = W_TYPE == PACKED_I8 ? 8 : (W_TYPE == PACKED_I4 ? 4 : 2);
const int PER_WORD = 32 / W_BITS;
const bool INTS = (X_BITS == 8) != (W_BITS == 8);
const int FIELDS = X_BITS == 8 && W_BITS == 8 ? 1 : 2;
const int FIELD_BITS = INTS ? 16 : 12;
// Sums of 32 products of i4 lie in -32 7 8 .. 32 8 8, those of i8 by i4 in -32 127 8 .. 32 128 8. What the lower and
// the upper part begin with, so that the one is in 0 .. 2^FIELD_BITS - 1 and the other, of i32, in i16.
const int LOW_START = FIELDS == 1 ? 0 : (INTS ? 32640 : 1920);
const int HIGH_START = INTS ? -128 : 0;
// Codes of w stand at the top of a word before they become floats, so those of x are as much smaller.
const float X_SCALE = W_BITS == 8 ? 1.0 / 16777216.0 : (W_BITS == 4 ? 1.0 / 268435456.0 : 1.0 / 1073741824.0);
const int PAIRS_OF_ROWS = (TILE_ROWS + 1) / 2;
const int X_WORDS = FIELDS == 1 ? TILE_ROWS : PAIRS_OF_ROWS;
const int RUN = Y_RUN == 2 ? 8 : (Y_RUN == 1 ? 4 : Y_RUN);

// Sums of f32 side by side, of which each addition waits for the one before.
const int CHAINS = X_WORDS <= 2 ? 4 : X_WORDS <= 4 ? 2 : 1;
// Windows of 32 codes at a time: a block of one or two (FLUSH), whose sums are not kept over a turn of a loop then, or one.
const int WINDOWS = FLUSH == 2 ? 2 : 1;

float x_floats[X_WORDS][32 * WINDOWS];
int x_ints[X_WORDS][32 * WINDOWS];
int x_sums[PAIRS_OF_ROWS][2];  // this lane's part
uint words[8];                 // of a column
int w_sums[TILE_COLS];
int totals[X_WORDS][TILE_COLS], highs[X_WORDS][TILE_COLS];
float s_x[TILE_ROWS], o_x[TILE_ROWS], x_terms[TILE_ROWS];  // of a block
float sums[TILE_ROWS][TILE_COLS];

// Column j of an invocation whose first one is `first`.
uint tile_column(uint first, int j) { return first + j / RUN * 8 * RUN + j % RUN; }
uint first_column(uint tile) { return tile * 8 * TILE_COLS + RUN * gl_LocalInvocationID.x; }

// 32 codes of two rows, four in each lane; 0 past the end.
void load_x(int pair, int window, uint row0, uint k0) {
  const uint group = min(row0 / 2u + pair, (p.rows + 1u) / 2u - 1u), pitch = (p.depth + 31u) / 32u;
  const uint at = k0 / 32u + window;
  uvec4 texel = texelFetch(x, int((group * pitch + at) * 8u + gl_SubgroupInvocationID));
  if (window > 0) texel = mix(uvec4(0u), texel, bvec4(at < pitch));
  const ivec4 low = ivec4(texel << 16) >> 16, high = (ivec4(texel) - low) >> 16;
  if (ROW_TERMS == 0) {
    x_sums[pair][0] += (low.x + low.y) + (low.z + low.w);
    x_sums[pair][1] += (high.x + high.y) + (high.z + high.w);
  }
  const vec4 first = vec4(FIELDS == 1 ? low : low + (high << 12)) * X_SCALE, second = vec4(high) * X_SCALE;
  [[unroll]] for (int c = 0; c < 32; ++c) {
    const int k = 32 * window + c;
    if (INTS) {
      x_ints[pair][k] = int(from_lane(texel[c % 4], c / 4));
    } else if (FIELDS == 2) {
      x_floats[pair][k] = from_lane(first[c % 4], c / 4);
    } else {
      x_floats[2 * pair][k] = from_lane(first[c % 4], c / 4);
      if (2 * pair + 1 < X_WORDS) x_floats[min(2 * pair + 1, X_WORDS - 1)][k] = from_lane(second[c % 4], c / 4);
    }
  }
}

// The words of column j from code k0 on, half a texel, one, or two, 0 past the end, and the sum of their codes.
void load_w(int j, int window, uint col, uint k0) {
  const uint pitch = words_per_row(W_TYPE, p.depth) / 4u, row = w_row(col) * pitch, k = k0 + 32u * window;
  if (W_BITS == 2) {
    const uvec2 two = half_texel(texelFetch(w, int(row + min(k / 64u, pitch - 1u))), k / 32u);
    words[0] = two.x;
    words[1] = two.y;
  } else if (W_BITS == 4) {
    const uvec4 four = texelFetch(w, int(row + min(k / 32u, pitch - 1u)));
    [[unroll]] for (int c = 0; c < 4; ++c) words[c] = four[c];
  } else {
    const uint at = k / 16u;
    const uvec4 a = texelFetch(w, int(row + min(at, pitch - 1u)));
    const uvec4 b = texelFetch(w, int(row + min(at + 1u, pitch - 1u)));
    [[unroll]] for (int c = 0; c < 4; ++c) {
      words[c] = a[c];
      words[4 + c] = at + 1u < pitch ? b[c] : 0u;
    }
  }
  if (window > 0) {
    [[unroll]] for (int c = 0; c < W_BITS; ++c) words[c] = k < p.depth ? words[c] : 0u;
  }
  if (ROW_TERMS > 0) return;
  // From 0 up: 2^(W_BITS - 1) more than each code, first in bytes, then in halves.
  uint halves = 0u, bytes = 0u;
  [[unroll]] for (int c = 0; c < W_BITS; ++c) {
    uint some = words[c] ^ (W_BITS == 8 ? 0x80808080u : W_BITS == 4 ? 0x88888888u : 0xaaaaaaaau);
    if (W_BITS == 2) some = (some & 0x33333333u) + (some >> 2 & 0x33333333u);
    if (W_BITS < 8) bytes += (some & 0x0f0f0f0fu) + (some >> 4 & 0x0f0f0f0fu);
    if (W_BITS == 8) halves += (some & 0x00ff00ffu) + (some >> 8 & 0x00ff00ffu);
  }
  if (W_BITS < 8) halves = (bytes & 0x00ff00ffu) + (bytes >> 8 & 0x00ff00ffu);
  w_sums[j] += int((halves & 0xffffu) + (halves >> 16)) - (16 << W_BITS);
}

void multiply_words(int j, int window) {
  float float_sums[X_WORDS][CHAINS];
  int int_sums[X_WORDS];
  [[unroll]] for (int q = 0; q < X_WORDS; ++q) {
    [[unroll]] for (int chain = 0; chain < CHAINS; ++chain) float_sums[q][chain] = chain == 0 ? float(LOW_START) : 0.0;
    int_sums[q] = LOW_START + (HIGH_START << 16);
  }
  [[unroll]] for (int c = 0; c < 32; ++c) {
    const int k = 32 * window + c;
    const uint top = words[c / PER_WORD] << (32 - W_BITS - c % PER_WORD * W_BITS);
    const float code = float(int(top & 0xffffffffu << (32 - W_BITS)));
    [[unroll]] for (int q = 0; q < X_WORDS; ++q) {
      if (INTS) {
        int_sums[q] += x_ints[q][k] * (int(top) >> (32 - W_BITS));
      } else {
        float_sums[q][c % CHAINS] += x_floats[q][k] * code;
      }
    }
  }
  [[unroll]] for (int q = 0; q < X_WORDS; ++q) {
    [[unroll]] for (int chain = 1; chain < CHAINS; ++chain) float_sums[q][0] += float_sums[q][chain];
    const int sum = INTS ? int_sums[q] : int(float_sums[q][0]);
    totals[q][j] += sum;
    highs[q][j] += sum >> FIELD_BITS;
  }
}

// Of so many windows of 32 codes.
int product(int i, int j, int windows) {
  if (FIELDS == 1) return totals[i][j];
  if (i % 2 == 1) return highs[i / 2][j] - windows * HIGH_START;
  return totals[i / 2][j] - (highs[i / 2][j] << FIELD_BITS) - windows * LOW_START;
}

// The row of which this lane has the factors, of rows i to i + 7.
uint lane_row(int i, uint row0) { return min(row0 + i + gl_SubgroupInvocationID, p.rows - 1u); }

int x_sum(int i) {
  int sum = 0;
  [[unroll]] for (int l = 0; l < 8; ++l) sum += from_lane(x_sums[i / 2][i % 2], l);
  return sum;
}

// block / ratio, for as many as there are: an integer division goes through the lanes one by one.
uint quotient(uint block, uint ratio) { return uint((float(block) + 0.5) / float(ratio)); }

// What a block adds to a row, before its columns.
void end_rows(uint row0, uint block) {
  [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) {
    const uint row = lane_row(i / 8 * 8, row0);
    if (ROW_TERMS > 0) {
      s_x[i] = from_lane(x_factor(row).x, i % 8);
      x_terms[i] = ROW_TERMS == 1 ? from_lane(given_term(row), i % 8) : 0.0;
    } else {
      const vec2 own = x_factor(row * p.x_row_factors + quotient(block, p.x_ratio));
      s_x[i] = from_lane(own.x, i % 8);
      o_x[i] = from_lane(own.y, i % 8);
      x_terms[i] = row_term(s_x[i], x_sum(i));
    }
  }
}

void end_column(int j, uint col0, uint block, uint length, int windows) {
  if (ROW_TERMS > 0) {
    [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) sums[i][j] = row_value(product(i, j, windows), s_x[i], x_terms[i]);
    return;
  }
  const vec2 factor = w_factor(w_row(tile_column(col0, j)) * p.w_row_factors + quotient(block, p.w_ratio));
  const float w_term = col_term(factor.x, factor.y, w_sums[j], length);
  [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) {
    const float value = block_value(product(i, j, windows), s_x[i], factor.x, x_terms[i], factor.y, o_x[i], w_term);
    sums[i][j] = add_block(sums[i][j], value);
  }
}

void clear_block() {
  [[unroll]] for (int pair = 0; pair < PAIRS_OF_ROWS; ++pair) x_sums[pair][0] = x_sums[pair][1] = 0;
  [[unroll]] for (int j = 0; j < TILE_COLS; ++j) {
    w_sums[j] = 0;
    [[unroll]] for (int q = 0; q < X_WORDS; ++q) totals[q][j] = highs[q][j] = 0;
  }
}

void load_rows(uint row0, uint k0) {
  [[unroll]] for (int window = 0; window < WINDOWS; ++window)
    [[unroll]] for (int pair = 0; pair < PAIRS_OF_ROWS; ++pair) load_x(pair, window, row0, k0);
}

void multiply_column(int j, uint col0, uint k0, uint block, uint length) {
  if (j >= TILE_COLS) return;
  load_w(j, 0, tile_column(col0, j), k0);
  multiply_words(j, 0);
  if (WINDOWS == 2) {
    load_w(j, WINDOWS - 1, tile_column(col0, j), k0);
    multiply_words(j, WINDOWS - 1);
  }
  if (FLUSH > 0) end_column(j, col0, block, length, WINDOWS);
}

// Calls are written out: see lookup_tile.glsl.
void multiply_columns(uint col0, uint k0, uint block, uint length) {
#define FOUR_COLUMNS(j_)                              \
  multiply_column(j_, col0, k0, block, length);       \
  multiply_column(j_ + 1, col0, k0, block, length);   \
  multiply_column(j_ + 2, col0, k0, block, length);   \
  multiply_column(j_ + 3, col0, k0, block, length);
  FOUR_COLUMNS(0)
  FOUR_COLUMNS(4)
  FOUR_COLUMNS(8)
  FOUR_COLUMNS(12)
}

void multiply_all(uint row0, uint col0) {
  [[unroll]] for (int i = 0; i < TILE_ROWS; ++i)
    [[unroll]] for (int j = 0; j < TILE_COLS; ++j) sums[i][j] = 0.0;
  uint block = first_block(), k0 = first_k;
  const uint last = end_k();
  do {
    clear_block();
    const uint start = k0, end = min(k0 + p.block, p.depth);
    if (FLUSH > 0) {
      load_rows(row0, k0);
      end_rows(row0, block);
      multiply_columns(col0, k0, block, end - start);
      k0 += 32u * WINDOWS;
    } else {
      do {
        load_rows(row0, k0);
        multiply_columns(col0, k0, block, 0u);
        k0 += 32u;
      } while (k0 < end);
      end_rows(row0, block);
      [[unroll]] for (int j = 0; j < TILE_COLS; ++j)
        end_column(j, col0, block, end - start, int((end - start + 31u) / 32u));
    }
    ++block;
  } while (k0 < last);
}

#include "wide_store.glsl"
WIDE_STORE(7, y)

#endif
