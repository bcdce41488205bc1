#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant subgroup SUBGROUP=1
//! variant texel    SUBGROUP=1 TEXEL=1
//
//   c[b,i,j] = epilogue(sum_k op(a)[b,i,k] op(b)[b,k,j])     common/epilogue.glsl
//
// a: f32 [m][k] or, TRANS_A, [k][m]; b: f32 [k][n] or, TRANS_B, [n][k]; c: f32 [batch][m][n]. With A_HALF or B_HALF
// that operand is f16 (common/halves.glsl). Stored rows of a and b may be padded. Any extent may be 0. Long sums are
// made in parts, c: f32 [part][batch][m][n], which add_parts.comp adds; the epilogue is its then.
//
// In groups (products.glsl) of rows: c: f32 [part][m][n], row i of group g by the matrix op(b)[g]; of terms, TRANS_A and not TRANS_B:
// c: f32 [part][group][m][n], each the sum over the terms of its group.
//
// Tiles: a work group makes TILE_ROWS x (local size * TILE_COLS), an invocation all of these rows in
// TILE_COLS columns, in registers (register_tile.glsl), LANES steps of k at a time.
//   subgroup  each invocation loads the values of a of another k, and they are handed round.
//   texel     as subgroup, and both are loaded four values at a time through texel buffers. TILE_ROWS is a multiple
//             of LANES, TILE_COLS of 4.
#include "../common/halves.glsl"
#include "../common/index.glsl"
#include "matmul_f32.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const bool TRANS_A = false;
layout(constant_id = 2) const bool TRANS_B = false;
layout(constant_id = 3) const int TILE_ROWS = 8;
layout(constant_id = 4) const int TILE_COLS = 4;
layout(constant_id = 5) const int LANES = 4;  // 4 or 8
// Stored rows and batches of the operands are whole texels, of halves too.
layout(constant_id = 6) const bool A_WHOLE = false;
layout(constant_id = 7) const bool B_WHOLE = false;
layout(constant_id = 8) const bool A_HALF = false;
layout(constant_id = 9) const bool B_HALF = false;
layout(constant_id = 10) const uint PRODUCTS = 1;  // PRODUCTS_BATCHES, PRODUCTS_ROW_GROUPS or PRODUCTS_TERM_GROUPS
const bool IN_PARTS = true;

layout(push_constant) uniform Push { MatmulF32Params p; };
#ifdef TEXEL
#define RUN_MAX (TILE_ROWS > TILE_COLS ? TILE_ROWS : TILE_COLS)
#include "../common/texels.glsl"
UINT_TEXELS(0, a)
UINT_TEXELS(1, b)
void read_a(uint start, int n) { read_run(a, A_HALF, start, n, A_WHOLE, p.a_last); }
void read_b(uint start, int n) { read_run(b, B_HALF, start, n, B_WHOLE, p.b_last); }
// Neighbouring columns of one invocation: a texel of b.
const int RUN = !B_WHOLE ? TILE_COLS : B_HALF && TILE_COLS >= 8 ? 8 : 4;
#else
layout(set = 0, binding = 0) readonly buffer A { float a[]; };
layout(set = 0, binding = 0) readonly buffer AWords { uint a_words[]; };
layout(set = 0, binding = 1) readonly buffer B { float b[]; };
layout(set = 0, binding = 1) readonly buffer BWords { uint b_words[]; };
float a_value(uint i) { return A_HALF ? of_half(a_words[i / 2u], i) : a[i]; }
float b_value(uint i) { return B_HALF ? of_half(b_words[i / 2u], i) : b[i]; }
const int RUN = 1;
#endif
layout(set = 0, binding = 5) writeonly buffer C { float c[]; };

// Column j of an invocation whose first is `first`: runs of the invocations alternate.
uint column(uint first, int j) { return first + j / RUN * RUN * gl_WorkGroupSize.x + j % RUN; }

uint a_pitch() { return p.a_pitch; }
#ifdef TEXEL
#define EPILOGUE_QUADS true
#else
#define EPILOGUE_QUADS false
#endif
#define EPILOGUE_ID 11
#define EPILOGUE_BINDING 2
#define PRODUCT_ROWS product_rows()
#include "../common/epilogue.glsl"
#include "products.glsl"
#include "batch.glsl"
#include "register_tile.glsl"
#include "dense_operand.glsl"

#ifdef TEXEL
void load_b(uint b0, uint col0, uint k0) {
  if (TRANS_B) {
    [[unroll]] for (int j = 0; j < TILE_COLS; ++j) {
      read_b(b0 + column(col0, j) * p.b_pitch + k0, LANES);
      [[unroll]] for (int q = 0; q < LANES; ++q) fb[q][j] = mix(0.0, run[q], k0 + q < terms_limit());
    }
    return;
  }
  [[unroll]] for (int q = 0; q < LANES; ++q) {
    [[unroll]] for (int j = 0; j < TILE_COLS; j += RUN) {
      read_b(b0 + (k0 + q) * p.b_pitch + column(col0, j), RUN);
      [[unroll]] for (int c = 0; c < RUN; ++c) fb[q][j + c] = mix(0.0, run[c], k0 + q < terms_limit());
    }
  }
}
#else
void load_b(uint b0, uint col0, uint k0) {
  [[unroll]] for (int q = 0; q < LANES; ++q) {
    const uint k = min(k0 + q, p.depth - 1);
    [[unroll]] for (int j = 0; j < TILE_COLS; ++j) {
      const float value = b_value(b0 + b_index(k, min(column(col0, j), p.cols - 1)));
      fb[q][j] = mix(0.0, value, k0 + q < terms_limit());
    }
  }
}
#endif

void main() {
  const uint tile_width = gl_WorkGroupSize.x * TILE_COLS;
  const uint col_tiles = (p.cols + tile_width - 1) / tile_width;
  const uint group = linear_group();
  const uint row0 = begin_tile(group / col_tiles, TILE_ROWS) * TILE_ROWS;
  if (row0 >= product_rows()) return;
  const uint col0 = group % col_tiles * tile_width + gl_LocalInvocationID.x * RUN;
  const uint a0 = PRODUCTS == PRODUCTS_ROW_GROUPS ? group_begin * p.a_pitch : a_start(batch), b0 = b_start(batch);

  clear_tile();
  // Tested at its end: CPU drivers run the body of any other loop once more, with no effect.
  uint k0 = terms_begin();
  const uint end = terms_end();
  do {
    load_a(a0, row0, k0);
    load_b(b0, col0, k0);
    multiply_tile();
    k0 += LANES;
  } while (k0 < end);

  CLEAR_OUTSIDE(acc, TILE_ROWS, TILE_COLS)
#define COLUMN(j) column(col0, j)
  STORE_TILE(c, acc, TILE_ROWS, TILE_COLS, first_line(), row0, COLUMN)
}
