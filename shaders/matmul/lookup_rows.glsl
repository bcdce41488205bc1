// SPDX-License-Identifier: Apache-2.0
// As lookup_tile.glsl, where b is stored by columns (TRANS_B), so that a word holds 32 steps of one column:
//   c[i,j] = sum over blocks of  s_j A_ij + o_j sum_k a[i,k],   A_ij = sum over threes of T_i[three bits of column j]
// Ten threes and a pair of each word; their eight sums, which depend on the row of a alone, lie in the eight lanes of
// the subgroup. For signs, which are 1 - 2 q, s and o are -2 s and o + s.
//
// TILE_ROWS is at most 8. A texel holds four words of a column. A block is one or two words, or whole texels, or a row.
#ifndef RIDGEBACK_MATMUL_LOOKUP_ROWS_GLSL
#define RIDGEBACK_MATMUL_LOOKUP_ROWS_GLSL

vec2 column_factor(uint col, uint block) {
  const vec2 so = factor(col * p.row_factors + block);
  return TYPE == PACKED_B1 ? so : vec2(-2.0 * so.x, so.y + so.x);
}

#include "block_sums.glsl"

uvec4 column_codes[TILE_COLS];

const int THREES = 11;
float tables[TILE_ROWS][THREES];

// The sums of threes of 32 values of a row: lane t has those of the values whose bit is set in t.
void make_tables(int i, uint row0, uint k) {
  if (i >= TILE_ROWS) return;
  const vec4 row = load_row(i, row0 + i, k);
  [[unroll]] for (int g = 0; g < THREES; ++g) {
    float sum = 0.0;
    [[unroll]] for (int b = 0; b < 3; ++b) {
      const int at = 3 * g + b;
      if (at < 32) {
        const float value = from_lane(row[at % 4], at / 4);
        sum += (gl_SubgroupInvocationID >> b & 1u) != 0u ? value : 0.0;
      }
    }
    tables[i][g] = sum;
  }
}

// Each index serves all rows.
void look_up_column(int j) {
  [[unroll]] for (int g = 0; g < THREES; ++g) {
    const uint index = column_codes[j].x >> 3 * g & 7u;
    [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) block_acc[i][j] += subgroupShuffle(tables[i][g], index);
  }
}

// The first of the words that column_codes holds, from step k on; then the others move up. Written out: see
// lookup_tile.glsl.
void multiply_word(uint row0, uint k) {
  make_tables(0, row0, k);
  make_tables(1, row0, k);
  make_tables(2, row0, k);
  make_tables(3, row0, k);
  make_tables(4, row0, k);
  make_tables(5, row0, k);
  make_tables(6, row0, k);
  make_tables(7, row0, k);
  [[unroll]] for (int j = 0; j < TILE_COLS; ++j) look_up_column(j);
  [[unroll]] for (int j = 0; j < TILE_COLS; ++j) column_codes[j].xyz = column_codes[j].yzw;
}

// Four words, and the ends of blocks of one or two. What lies past the last column of a row adds nothing.
void multiply_texel(uint row0, uint col0, uint k0) {
  const uint pitch = words_per_row(TYPE, p.depth) / 4u;
  [[unroll]] for (int j = 0; j < TILE_COLS; ++j)
    column_codes[j] = texelFetch(b, int(min(col0 + j, p.cols - 1) * pitch + k0 / 128u));
  uint k = k0;
  do {
    multiply_word(row0, k);
    if (BLOCK_WORDS == 2) multiply_word(row0, k + 32u);
    if (BLOCK_WORDS > 0) end_block(col0, min(k, p.depth - 1) / p.block);
    k += BLOCK_WORDS == 2 ? 64u : 32u;
  } while (k < k0 + 128u);
}

void multiply_rows(uint row0, uint col0) {
  clear_block();
  uint k0 = first_k;
  do {
    const uint end = BLOCK_WORDS > 0 ? end_k : min(k0 + p.block, end_k);
    const uint block = k0 / p.block;
    do {
      multiply_texel(row0, col0, k0);
      k0 += 128u;
    } while (k0 < end);
    if (BLOCK_WORDS == 0) end_block(col0, block);
  } while (k0 < end_k);
}

#endif
