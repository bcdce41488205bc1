// SPDX-License-Identifier: Apache-2.0
// The f32 sums of an invocation's tile. Wants TILE_ROWS and TILE_COLS.
#ifndef RIDGEBACK_MATMUL_ACCUMULATORS_GLSL
#define RIDGEBACK_MATMUL_ACCUMULATORS_GLSL

float acc[TILE_ROWS][TILE_COLS];

void clear_tile() {
  [[unroll]] for (int i = 0; i < TILE_ROWS; ++i)
    [[unroll]] for (int j = 0; j < TILE_COLS; ++j) acc[i][j] = 0.0;
}

#endif
