// SPDX-License-Identifier: Apache-2.0
// Products of a few rows of a with codes that are stored by columns (TRANS_B), block by block:
//   acc[i][j] += s_j block_acc[i][j] + o_j sum_k a[i,k]     at the end of each block
// 32 values of a row of a lie in the eight lanes of a subgroup, four in each. Wants read_a() as dense_operand.glsl does
// and column_factor(j, block), the (s, o) of column j.
#ifndef RIDGEBACK_MATMUL_BLOCK_SUMS_GLSL
#define RIDGEBACK_MATMUL_BLOCK_SUMS_GLSL
#include "accumulators.glsl"
#include "lanes.glsl"

float block_acc[TILE_ROWS][TILE_COLS];
float block_sum[TILE_ROWS];  // this lane's part of the sum of a

void clear_block() {
  [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) {
    block_sum[i] = 0.0;
    [[unroll]] for (int j = 0; j < TILE_COLS; ++j) block_acc[i][j] = 0.0;
  }
}

// This lane's four of the 32 values from step k on, which are added to its part of the sum.
vec4 load_row(int i, uint row, uint k) {
  const uint own = k + 4u * gl_SubgroupInvocationID;
  read_a(row * p.depth + own, 4);
  const bvec4 inside = lessThan(own + uvec4(0, 1, 2, 3), uvec4(p.depth));
  const vec4 values = mix(vec4(0.0), vec4(run[0], run[1], run[2], run[3]), inside);
  block_sum[i] += (values.x + values.y) + (values.z + values.w);
  return values;
}

void end_block(uint col0, uint block) {
  float totals[TILE_ROWS];
  [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) {
    totals[i] = 0.0;
    [[unroll]] for (int lane = 0; lane < 8; ++lane) totals[i] += from_lane(block_sum[i], lane);
  }
  [[unroll]] for (int j = 0; j < TILE_COLS; ++j) {
    const vec2 so = column_factor(min(col0 + j, p.cols - 1), block);
    [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) acc[i][j] += so.x * block_acc[i][j] + so.y * totals[i];
  }
  clear_block();
}

#endif
