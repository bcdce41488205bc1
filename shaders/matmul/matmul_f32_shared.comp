#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//
//   c[b,i,j] = sum_k op(a)[b,i,k] op(b)[b,k,j]
//
// For GPUs, where neighbouring invocations should load neighbouring words and a value loaded once should
// serve many of them; layouts as in matmul_f32.comp. The local size must be 128.
//
// Tiles: a work group of 8 x 16 invocations makes 64 x 64 elements, an invocation 8 neighbouring rows in
// 4 columns that are 16 apart. STEP values of k of both operands are in shared memory at a time, rows
// padded by one so that writing along k meets different banks.
#include "../common/index.glsl"
#include "matmul_f32_shared.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const bool TRANS_A = false;
layout(constant_id = 2) const bool TRANS_B = false;
const uint TILE = 64, STEP = 16, INVOCATIONS = 128, LOADS = TILE * STEP / INVOCATIONS;
const int ROWS = 8, COLS = 4;
const uint COL_INVOCATIONS = 16;

layout(push_constant) uniform Push { MatmulF32Params p; };
layout(set = 0, binding = 0) readonly buffer A { float a[]; };
layout(set = 0, binding = 1) readonly buffer B { float b[]; };
layout(set = 0, binding = 2) writeonly buffer C { float c[]; };

#include "batch.glsl"

shared float a_tile[STEP][TILE + 1];
shared float b_tile[STEP][TILE + 1];

// Place in a tile of load `i`, as (k, row or column): neighbours in memory for neighbours in the group.
uvec2 place(uint i, bool along_k) {
  const uint e = i * INVOCATIONS + gl_LocalInvocationID.x;
  return along_k ? uvec2(e % STEP, e / STEP) : uvec2(e / TILE, e % TILE);
}

void load_tiles(uint a0, uint b0, uint row0, uint col0, uint k0) {
  [[unroll]] for (uint i = 0; i < LOADS; ++i) {
    const uvec2 at = place(i, !TRANS_A);
    const uint row = row0 + at.y, k = k0 + at.x;
    const float value = a[a0 + a_index(min(row, p.rows - 1), min(k, p.depth - 1))];
    a_tile[at.x][at.y] = mix(0.0, value, k < p.depth);
  }
  [[unroll]] for (uint i = 0; i < LOADS; ++i) {
    const uvec2 at = place(i, TRANS_B);
    const uint col = col0 + at.y, k = k0 + at.x;
    const float value = b[b0 + b_index(min(k, p.depth - 1), min(col, p.cols - 1))];
    b_tile[at.x][at.y] = mix(0.0, value, k < p.depth);
  }
}

void main() {
  const uint col_tiles = (p.cols + TILE - 1) / TILE, row_tiles = (p.rows + TILE - 1) / TILE;
  const uint group = linear_group();
  const uint batch = group / (row_tiles * col_tiles);
  if (batch >= p.batches) return;
  const uint row0 = group / col_tiles % row_tiles * TILE, col0 = group % col_tiles * TILE;
  const uint a0 = a_start(batch), b0 = b_start(batch);
  const uint first_row = gl_LocalInvocationID.x / COL_INVOCATIONS * ROWS;
  const uint first_col = gl_LocalInvocationID.x % COL_INVOCATIONS;

  float acc[ROWS][COLS];
  [[unroll]] for (int i = 0; i < ROWS; ++i)
    [[unroll]] for (int j = 0; j < COLS; ++j) acc[i][j] = 0.0;
  for (uint k0 = 0; k0 < p.depth; k0 += STEP) {
    load_tiles(a0, b0, row0, col0, k0);
    barrier();
    [[unroll]] for (uint k = 0; k < STEP; ++k) {
      float fb[COLS];
      [[unroll]] for (int j = 0; j < COLS; ++j) fb[j] = b_tile[k][first_col + j * COL_INVOCATIONS];
      [[unroll]] for (int i = 0; i < ROWS; ++i) {
        const float fa = a_tile[k][first_row + i];
        [[unroll]] for (int j = 0; j < COLS; ++j) acc[i][j] += fa * fb[j];
      }
    }
    barrier();
  }

  const uint c0 = batch * p.rows * p.cols;
  [[unroll]] for (int i = 0; i < ROWS; ++i) {
    [[unroll]] for (int j = 0; j < COLS; ++j) {
      const uint row = row0 + first_row + i, col = col0 + first_col + j * COL_INVOCATIONS;
      if (row < p.rows && col < p.cols) c[c0 + row * p.cols + col] = acc[i][j];
    }
  }
}
