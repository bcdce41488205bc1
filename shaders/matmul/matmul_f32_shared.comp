#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//
//   c[b,i,j] = epilogue(sum_k op(a)[b,i,k] op(b)[b,k,j])     common/epilogue.glsl
//
// In groups too, as matmul_f32.comp. For GPUs, where neighbouring invocations should load neighbouring words and a value loaded once should
// serve many of them; layouts and parts as in matmul_f32.comp. The local size must be 128.
//
// Tiles: a work group of 8 x 16 invocations makes 64 x 16 COLS elements, an invocation 8 neighbouring rows
// in quads of columns that are 64 apart. STEP values of k of both operands are in shared memory at a time,
// by k, rows padded by four so that quads stay aligned and writing along k meets other banks. The next step is
// loaded into registers while the current one is multiplied. What the loop can do without is outside of it:
// clamped addresses are made once, and the steps of k that are no whole STEP have a loop of their own.
#include "../common/halves.glsl"
#include "../common/index.glsl"
#include "matmul_f32_shared.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const bool TRANS_A = false;
layout(constant_id = 2) const bool TRANS_B = false;
// Stored rows and batches of the operands are whole quads.
layout(constant_id = 3) const bool A_WHOLE = false;
layout(constant_id = 4) const bool B_WHOLE = false;
layout(constant_id = 5) const int COLS = 4;  // of an invocation: 4 or 8
layout(constant_id = 6) const bool A_HALF = false;
layout(constant_id = 7) const bool B_HALF = false;
layout(constant_id = 8) const uint PRODUCTS = 1;  // PRODUCTS_BATCHES, PRODUCTS_ROW_GROUPS or PRODUCTS_TERM_GROUPS
const bool IN_PARTS = true;
const int ROWS = 8;
const uint STEP = 16, INVOCATIONS = 128, COL_INVOCATIONS = 16;
const uint TILE_ROWS = 64, TILE_COLS = COL_INVOCATIONS * COLS;
const uint A_QUADS = TILE_ROWS * STEP / 4 / INVOCATIONS, B_QUADS = TILE_COLS * STEP / 4 / INVOCATIONS;

layout(push_constant) uniform Push { MatmulF32Params p; };
layout(set = 0, binding = 0) readonly buffer A { float a[]; };
layout(set = 0, binding = 0) readonly buffer A4 { vec4 a4[]; };
layout(set = 0, binding = 0) readonly buffer AHalves { uint a_halves[]; };
layout(set = 0, binding = 0) readonly buffer AHalves4 { uvec2 a_halves4[]; };
layout(set = 0, binding = 1) readonly buffer B { float b[]; };
layout(set = 0, binding = 1) readonly buffer B4 { vec4 b4[]; };
layout(set = 0, binding = 1) readonly buffer BHalves { uint b_halves[]; };
layout(set = 0, binding = 1) readonly buffer BHalves4 { uvec2 b_halves4[]; };
layout(set = 0, binding = 5) writeonly buffer C { float c[]; };

#define EPILOGUE_ID 9
#define EPILOGUE_BINDING 2
#define EPILOGUE_QUADS true
#define PRODUCT_ROWS product_rows()
#include "../common/epilogue.glsl"
#include "products.glsl"
#include "batch.glsl"

shared float a_tile[STEP][TILE_ROWS + 4];
shared float b_tile[STEP][TILE_COLS + 4];

// Place in a tile of quad `i` of this invocation, as (k, row or column): it goes along k or along the lines.
uvec2 place(uint i, uint lines, bool along_k) {
  const uint e = i * INVOCATIONS + gl_LocalInvocationID.x;
  return along_k ? uvec2(e % (STEP / 4) * 4, e / (STEP / 4)) : uvec2(e / (lines / 4), e % (lines / 4) * 4);
}

// Where quad `i` starts at k = 0, and what a step of k adds; lines past the end repeat the last.
uint quad_start(uint first, uvec2 at, uint line0, uint lines, bool along_k, bool whole) {
  const uint line = min(line0 + at.y, lines - (whole && !along_k ? 4u : 1u));
  return first + (along_k ? line * p.depth + at.x : at.x * lines + line);
}
uint k_stride(uint lines, bool along_k) { return along_k ? 1u : lines; }

uint a_start_of[A_QUADS], b_start_of[B_QUADS];
vec4 a_next[A_QUADS], b_next[B_QUADS];
float acc[ROWS][COLS];

// Quad of k0 on that starts at `start`. TAIL: some of it may lie past the depth, where it is 0. What lies past the
// lines repeats others and is not used.
#define LOAD_QUAD(name, buf, halves, is_half, lines, along_k, whole)                                       \
  vec4 name(uint start, uvec2 at, uint line0, uint k0, bool tail) {                                        \
    vec4 quad;                                                                                             \
    if (whole) {                                                                                           \
      const bool inside = !tail || k0 + at.x < terms_limit();                                              \
      const uint at4 = inside ? (start + k0 * k_stride(lines, along_k)) / 4 : 0u;                          \
      if (is_half) quad = of_halves(halves##4[at4].x, halves##4[at4].y);                                   \
      if (!is_half) quad = buf##4[at4];                                                                    \
      return inside ? quad : vec4(0.0);                                                                    \
    }                                                                                                      \
    [[unroll]] for (uint i = 0; i < 4; ++i) {                                                              \
      const uint k = k0 + at.x + (along_k ? i : 0u);                                                       \
      const uint line = along_k ? 0u : min(i, lines - 1 - min(line0 + at.y, lines - 1));                   \
      const uint k_inside = tail ? min(k, p.depth - 1) : k;                                                \
      const uint e = start + (k_inside - at.x) * k_stride(lines, along_k) + line;                          \
      float value = 0.0;                                                                                   \
      if (is_half) value = of_half(halves[e / 2], e);                                                      \
      if (!is_half) value = buf[e];                                                                        \
      quad[i] = tail ? mix(0.0, value, k < terms_limit()) : value;                                         \
    }                                                                                                      \
    return quad;                                                                                           \
  }
LOAD_QUAD(load_a, a, a_halves, A_HALF, p.rows, !TRANS_A, A_WHOLE)
LOAD_QUAD(load_b, b, b_halves, B_HALF, p.cols, TRANS_B, B_WHOLE)

void fetch(uint row0, uint col0, uint k0, bool tail) {
  [[unroll]] for (uint i = 0; i < A_QUADS; ++i)
    a_next[i] = load_a(a_start_of[i], place(i, TILE_ROWS, !TRANS_A), row0, k0, tail);
  [[unroll]] for (uint i = 0; i < B_QUADS; ++i)
    b_next[i] = load_b(b_start_of[i], place(i, TILE_COLS, TRANS_B), col0, k0, tail);
}

void store_tiles() {
  [[unroll]] for (uint i = 0; i < A_QUADS; ++i) {
    const uvec2 at = place(i, TILE_ROWS, !TRANS_A);
    [[unroll]] for (uint e = 0; e < 4; ++e)
      a_tile[at.x + (TRANS_A ? 0 : e)][at.y + (TRANS_A ? e : 0)] = a_next[i][e];
  }
  [[unroll]] for (uint i = 0; i < B_QUADS; ++i) {
    const uvec2 at = place(i, TILE_COLS, TRANS_B);
    [[unroll]] for (uint e = 0; e < 4; ++e)
      b_tile[at.x + (TRANS_B ? e : 0)][at.y + (TRANS_B ? 0 : e)] = b_next[i][e];
  }
}

uint first_row() { return gl_LocalInvocationID.x / COL_INVOCATIONS * ROWS; }
uint first_col() { return gl_LocalInvocationID.x % COL_INVOCATIONS * 4; }
uint column(int j) { return first_col() + j / 4 * (COL_INVOCATIONS * 4) + j % 4; }

void multiply(uint k) {
  float fa[ROWS], fb[COLS];
  [[unroll]] for (int i = 0; i < ROWS; ++i) fa[i] = a_tile[k][first_row() + i];
  [[unroll]] for (int j = 0; j < COLS; ++j) fb[j] = b_tile[k][column(j)];
  [[unroll]] for (int i = 0; i < ROWS; ++i)
    [[unroll]] for (int j = 0; j < COLS; ++j) acc[i][j] += fa[i] * fb[j];
}

void main() {
  const uint col_tiles = (p.cols + TILE_COLS - 1) / TILE_COLS;
  const uint group = linear_group();
  const uint row0 = begin_tile(group / col_tiles, TILE_ROWS) * TILE_ROWS, col0 = group % col_tiles * TILE_COLS;
  if (row0 >= product_rows()) return;
  const uint a0 = PRODUCTS == PRODUCTS_ROW_GROUPS ? group_begin * p.depth : a_start(batch);
  [[unroll]] for (uint i = 0; i < A_QUADS; ++i)
    a_start_of[i] = quad_start(a0, place(i, TILE_ROWS, !TRANS_A), row0, product_rows(), !TRANS_A, A_WHOLE);
  [[unroll]] for (uint i = 0; i < B_QUADS; ++i)
    b_start_of[i] = quad_start(b_start(batch), place(i, TILE_COLS, TRANS_B), col0, p.cols, TRANS_B, B_WHOLE);

  [[unroll]] for (int i = 0; i < ROWS; ++i)
    [[unroll]] for (int j = 0; j < COLS; ++j) acc[i][j] = 0.0;
  const uint first = terms_begin(), end = max(terms_end(), first);
  const uint whole = first + (end - first) / STEP * STEP;
  if (whole > first) fetch(row0, col0, first, false);
  for (uint k0 = first; k0 < whole; k0 += STEP) {
    store_tiles();
    barrier();
    // The last step loads itself again, which costs less than a branch.
    fetch(row0, col0, min(k0 + STEP, whole - STEP), false);
    [[unroll]] for (uint k = 0; k < STEP; ++k) multiply(k);
    barrier();
  }
  if (whole < end) {
    fetch(row0, col0, whole, true);
    store_tiles();
    barrier();
    for (uint k = 0; k < end - whole; ++k) multiply(k);
  }

  CLEAR_OUTSIDE(acc, ROWS, COLS)
#define COLUMN(j) (col0 + column(j))
  STORE_TILE(c, acc, ROWS, COLS, first_line(), row0 + first_row(), COLUMN)
}
