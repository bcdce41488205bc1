// SPDX-License-Identifier: Apache-2.0
// A product of few rows with codes that are stored by columns (TRANS_B), as one vector or a small batch has it:
//   c[i,j] = sum over blocks of  s_j sum_k a[i,k] q[j,k] + o_j sum_k a[i,k]
// The work is to get the codes here and apart, so every code is taken apart once, for all rows. 32 values of a row of
// a lie in the eight lanes, four in each, and are handed round.
//
// A block is a multiple of 32 codes, or a row. TILE_COLS is at most 8; the local and the subgroup's size are 8.
#ifndef RIDGEBACK_MATMUL_FEW_ROWS_GLSL
#define RIDGEBACK_MATMUL_FEW_ROWS_GLSL

vec2 column_factor(uint col, uint block) { return factor(col * p.row_factors + block); }

#include "block_sums.glsl"

const int WINDOW = 32;  // codes at a time
const int WINDOW_UNITS = PER_UNIT < WINDOW ? WINDOW / PER_UNIT : 1;
const int WINDOW_WORDS = TERNARY ? 2 : WINDOW_UNITS;

vec4 row_values[TILE_ROWS];
uint words[8];

// The words of column `col` from code k0 on: a part of a texel, one, or two.
void load_words(uint col, uint k0) {
  const uint pitch = words_per_row(TYPE, p.depth) / 4u, first = k0 / WINDOW * WINDOW_WORDS;
  [[unroll]] for (int t = 0; t < (WINDOW_WORDS + 3) / 4; ++t) {
    const uvec4 texel = texelFetch(b, int(min(col, p.cols - 1) * pitch + min(first / 4u + t, pitch - 1)));
    if (WINDOW_WORDS >= 4) {
      [[unroll]] for (int c = 0; c < 4; ++c) words[4 * t + c] = texel[c];
    } else if (WINDOW_WORDS == 2) {
      const uvec2 two = half_texel(texel, first / 2u);
      words[0] = two.x;
      words[1] = two.y;
    } else {
      words[0] = word_of(texel, first);
    }
  }
}

void multiply_code(int j, int k) {
  const uvec2 unit = TERNARY ? uvec2(words[0], words[1]) : uvec2(words[k / PER_UNIT], 0u);
  const float code = float(code_at(TYPE, unit, k % PER_UNIT));
  [[unroll]] for (int i = 0; i < TILE_ROWS; ++i)
    block_acc[i][j] += from_lane(row_values[i][k % 4], k / 4) * code;
}

void multiply_eight(int j, int k) {
  [[unroll]] for (int i = 0; i < 8; ++i) multiply_code(j, k + i);
}

// Written out: CPU drivers leave loops around much code as they are, and then arrays leave the registers.
void multiply_column(int j, uint col0, uint k0) {
  if (j >= TILE_COLS) return;
  load_words(col0 + j, k0);
  multiply_eight(j, 0);
  multiply_eight(j, 8);
  multiply_eight(j, 16);
  multiply_eight(j, 24);
}

void multiply_window(uint row0, uint col0, uint k0) {
  [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) row_values[i] = load_row(i, row0 + i, k0);
  multiply_column(0, col0, k0);
  multiply_column(1, col0, k0);
  multiply_column(2, col0, k0);
  multiply_column(3, col0, k0);
  multiply_column(4, col0, k0);
  multiply_column(5, col0, k0);
  multiply_column(6, col0, k0);
  multiply_column(7, col0, k0);
}

void multiply_all(uint row0, uint col0) {
  clear_block();
  uint k0 = first_k;
  do {
    const uint end = min(k0 + p.block, end_k), block = k0 / p.block;
    do {
      multiply_window(row0, col0, k0);
      k0 += WINDOW;
    } while (k0 < end);
    end_block(col0, block);
  } while (k0 < end_k);
}

#endif
