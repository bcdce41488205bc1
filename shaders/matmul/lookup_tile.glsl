// SPDX-License-Identifier: Apache-2.0
// A tile of f32 accumulators, as register_tile.glsl has it, and the step that multiplies one-bit codes into it without a
// multiplication per code:
//   acc[i][j] += sum over GROUPS groups of T_ig[index_gj],   T_ig[t] = sum_b a[i, 3 g + b] v(3 g + b, bit b of t)
// where v(k, q) is the value of code q in row k of b. The eight sums of every group of three steps lie in the eight
// lanes of a subgroup, and looking one up is a shuffle, one instruction with AVX2: two for three multiply-adds.
//
// The subgroup has eight invocations and is the work group. Its columns lie in one block of factors, TILE_COLS
// neighbours to an invocation. Wants read_a() as dense_operand.glsl does, the texel
// buffers b and factors, TRANS_A, TYPE and the tile's size.
#ifndef RIDGEBACK_MATMUL_LOOKUP_TILE_GLSL
#define RIDGEBACK_MATMUL_LOOKUP_TILE_GLSL
#include "accumulators.glsl"
#include "lanes.glsl"

const int GROUPS = 4, STEP = 3 * GROUPS, WIDTH = 8;  // steps of k at a time; lanes
const int ROUNDS = (STEP + WIDTH - 1) / WIDTH;

// Of a stored by rows: STEP values of every WIDTH-th row; by columns: all rows of one step in each round.
const int A_HELD = TRANS_A ? ROUNDS * TILE_ROWS : STEP * TILE_ROWS / WIDTH;
float fa[A_HELD];
uint indices[GROUPS][TILE_COLS];  // of each column
float values[STEP];               // of the code that this lane's sums have for a step

void load_a(uint a0, uint row0, uint k0) {
  if (TRANS_A) {
    [[unroll]] for (int r = 0; r < ROUNDS; ++r) {
      const uint k = k0 + r * WIDTH + gl_SubgroupInvocationID;
      read_a(a0 + k * p.rows + row0, TILE_ROWS);
      [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) fa[r * TILE_ROWS + i] = mix(0.0, run[i], k < p.depth);
    }
    return;
  }
  [[unroll]] for (int i = 0; i < TILE_ROWS / WIDTH; ++i) {
    const uint row = row0 + i * WIDTH + gl_SubgroupInvocationID;
    read_a(a0 + row * p.depth + k0, STEP);
    [[unroll]] for (int k = 0; k < STEP; ++k) fa[i * STEP + k] = mix(0.0, run[k], k0 + k < p.depth);
  }
}

float a_at(int i, int k) {
  if (TRANS_A) return from_lane(fa[k / WIDTH * TILE_ROWS + i], k % WIDTH);
  return from_lane(fa[i / WIDTH * STEP + k], i % WIDTH);
}

// Codes of this invocation's columns in row k0 + k of b, from bit 0 on: each row of b is one lane's texel.
uint codes[STEP];

// Columns c, c + 4, c + 8... of three steps, side by side in a word and then apart.
void index_columns(int g, int c) {
  const uint threes = (codes[3 * g] >> c & 0x11111111u) | (codes[3 * g + 1] >> c & 0x11111111u) << 1 |
                      (codes[3 * g + 2] >> c & 0x11111111u) << 2;
  [[unroll]] for (int i = 0; i < TILE_COLS / 4; ++i) indices[g][4 * i + c] = threes >> 4 * i & 7u;
}

// Written out: CPU drivers leave loops around much code as they are, and then arrays leave the registers.
void index_group(int g) {
  index_columns(g, 0);
  index_columns(g, 1);
  index_columns(g, 2);
  index_columns(g, 3);
}

void load_b(uint col0, uint k0) {
  const uint first = min(col0, p.cols - 1) / TILE_COLS * TILE_COLS;
  const uint pitch = words_per_row(TYPE, p.cols) / 4u;
  [[unroll]] for (int r = 0; r < ROUNDS; ++r) {
    const uint row = k0 + r * WIDTH + gl_SubgroupInvocationID;
    const uint stored = min(row, p.depth - 1);
    // Of the subgroup's first column: invocations past the last column want nothing of their own.
    const uint col = subgroupShuffle(first, 0u);
    const uvec4 four = texelFetch(b, int(stored * pitch + col / 128u));
    const vec2 so = mix(vec2(0.0), factor(stored * p.row_factors + col / p.block), bvec2(row < p.depth));
    [[unroll]] for (int k = 0; k < WIDTH; ++k) {
      if (r * WIDTH + k < STEP) {
        const uvec4 words =
            uvec4(from_lane(four.x, k), from_lane(four.y, k), from_lane(four.z, k), from_lane(four.w, k));
        codes[r * WIDTH + k] = word_of(words, first / 32u) >> (first % 32u);
        const bool bit = (gl_SubgroupInvocationID >> (r * WIDTH + k) % 3 & 1u) != 0u;
        const float s = from_lane(so.x, k), o = from_lane(so.y, k);
        values[r * WIDTH + k] = TYPE == PACKED_B1 ? mix(o, s + o, bit) : mix(o + s, o - s, bit);
      }
    }
  }
  index_group(0);
  index_group(1);
  index_group(2);
  index_group(3);
}

void multiply_tile() {
  [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) {
    float sums[GROUPS];
    [[unroll]] for (int g = 0; g < GROUPS; ++g) {
      sums[g] = a_at(i, 3 * g) * values[3 * g] + a_at(i, 3 * g + 1) * values[3 * g + 1] +
                a_at(i, 3 * g + 2) * values[3 * g + 2];
    }
    [[unroll]] for (int j = 0; j < TILE_COLS; ++j) {
      float sum = acc[i][j];
      [[unroll]] for (int g = 0; g < GROUPS; ++g) sum += subgroupShuffle(sums[g], indices[g][j]);
      acc[i][j] = sum;
    }
  }
}

#endif
