// SPDX-License-Identifier: Apache-2.0
// A tile of f32 accumulators in the registers of one invocation, and the step that multiplies into it:
//   acc[i][j] += sum_q a[i][q] b[q][j]   over LANES values of q
// Wants TILE_ROWS, TILE_COLS and LANES (1, 2, 4 or 8). Nothing is shared through memory: on a CPU driver
// a load costs as much as forty multiply-adds, however near the data, and a spilled accumulator costs
// less than a load, so tiles are as large as compile time allows.
//
// With SUBGROUP defined all invocations want the same values of a: invocation l of a subgroup holds those
// of q = l mod LANES, and they are handed round. The first LANES of every subgroup must exist. With TEXEL too,
// where op(a) is stored by rows an invocation holds LANES steps of every LANES-th row, of step q of row i the
// invocation i mod LANES; where it is stored by columns, TILE_ROWS rows of one step.
#ifndef RIDGEBACK_MATMUL_REGISTER_TILE_GLSL
#define RIDGEBACK_MATMUL_REGISTER_TILE_GLSL
#include "accumulators.glsl"

#ifdef SUBGROUP
#include "lanes.glsl"
const int A_COPIES = 1;
uint first_lane() { return gl_SubgroupInvocationID % LANES; }
#ifdef TEXEL
#define A_AT(array, i, q) \
  (TRANS_A ? from_lane(array[0][i], q) : from_lane(array[0][i / LANES * LANES + q], i % LANES))
#else
#define A_AT(array, i, q) from_lane(array[0][i], q)
#endif
#else
const int A_COPIES = LANES;
uint first_lane() { return 0u; }
#define A_AT(array, i, q) array[q][i]
#endif

float fa[A_COPIES][TILE_ROWS];
float fb[LANES][TILE_COLS];

// All steps of one element before the next, so that it is fetched and put back once.
void multiply_tile() {
  [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) {
    float value[LANES];
    [[unroll]] for (int q = 0; q < LANES; ++q) value[q] = A_AT(fa, i, q);
    [[unroll]] for (int j = 0; j < TILE_COLS; ++j) {
      float sum = acc[i][j];
      [[unroll]] for (int q = 0; q < LANES; ++q) sum += value[q] * fb[q][j];
      acc[i][j] = sum;
    }
  }
}

#endif
