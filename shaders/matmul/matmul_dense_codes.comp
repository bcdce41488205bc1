#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant subgroup SUBGROUP=1
//! variant texel    SUBGROUP=1 TEXEL=1
//! variant lookup   SUBGROUP=1 TEXEL=1 LOOKUP=1
//! needs GL_ARB_gpu_shader_int64
//! variant few_rows SUBGROUP=1 TEXEL=1 FEW_ROWS=1
//! variant coopmat  COOPMAT=1
//! needs GL_KHR_cooperative_matrix
//
//   c[b,i,j] = epilogue(sum_k op(a)[b,i,k] bhat[b,k,j])     bhat = s q + o, (s, o) by stored row and block; common/epilogue.glsl
//
// a: f32 or, A_HALF, f16 (common/halves.glsl), [batch][m][k] or, TRANS_A, [batch][k][m]; q: packed codes
// [batch][k][n] or, TRANS_B, [batch][n][k] (core/bits.hpp), any packed type; factors: f32 pairs (s, o) in
// [batch][stored row][block] order; c: f32 [batch][m][n]. Any extent may be 0. Long sums are made in parts, c: f32
// [part][batch][m][n], which add_parts.comp adds; the epilogue is its then. One product only: lookup, few_rows, coopmat.
// f32 only: coopmat.
//
// In groups (products.glsl) of rows: c: f32 [part][m][n], row i of group g by the matrix bhat[g]; of terms, TRANS_A and not TRANS_B:
// c: f32 [part][group][m][n], each the sum over the terms of its group.
//
// Codes become values in registers once per tile, so that the multiply-adds are those of matmul_f32
// while a load of one word brings 4 to 32 values. Tiles as there; an invocation's columns are
// neighbours. TILE_COLS divides 32, so that without TRANS_B its columns lie in one block.
//   subgroup  each invocation loads the values of a of another k, and they are handed round.
//   texel     as subgroup, and all operands are loaded four words at a time through texel buffers. TILE_ROWS is a
//             multiple of LANES.
//   lookup    for one-bit codes; the local and the subgroup's size are 8. lookup_tile.glsl: TILE_ROWS is a multiple of 8,
//             TILE_COLS 8 or 16, and 8 TILE_COLS divides a block, or a row is one. With TRANS_B lookup_rows.glsl: any
//             tile; a block is 32 or 64 codes, or a multiple of 128, or a row.
//   few_rows  for products of up to 8 rows with TRANS_B: few_rows.glsl. The local and the subgroup's size are 8.
//   coopmat   values become pairs of halves, which matrix hardware multiplies: half_matrices.glsl.
#ifdef COOPMAT
#include "half_matrices.glsl"
#else
#ifdef LOOKUP
#extension GL_ARB_gpu_shader_int64 : require
#endif
#include "../common/halves.glsl"
#include "../common/index.glsl"
#include "../common/packed.glsl"
#include "matmul_dense_codes.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const bool TRANS_A = false;
layout(constant_id = 2) const bool TRANS_B = false;
layout(constant_id = 3) const uint TYPE = 4;
layout(constant_id = 4) const int TILE_ROWS = 8;
layout(constant_id = 5) const int TILE_COLS = 4;
layout(constant_id = 6) const int LANES = 4;          // 4 or 8
layout(constant_id = 7) const bool A_WHOLE = false;  // stored rows of a are whole texels, of halves too
layout(constant_id = 8) const int BLOCK_WORDS = 0;   // of blocks of one or two words of one-bit codes, else 0

layout(constant_id = 9) const bool C_WHOLE = false;   // rows of c are whole texels; of `lookup` alone
layout(constant_id = 10) const bool A_HALF = false;
// Several products. A constant: what numbers them would take scalar registers that one product needs on GPUs.
layout(constant_id = 11) const uint PRODUCTS = 0;
const bool IN_PARTS = true;

layout(push_constant) uniform Push { MatmulDenseCodesParams p; };
#ifdef TEXEL
#define RUN_MAX (TILE_ROWS > 12 ? TILE_ROWS : 12)
#include "../common/texels.glsl"
UINT_TEXELS(0, a)
UINT_TEXELS(1, b)
FLOAT_TEXELS(2, factors)
vec2 factor(uint i) { return half_texel(texelFetch(factors, int(i / 2)), i); }
void read_a(uint start, int n) { read_run(a, A_HALF, start, n, A_WHOLE, p.a_last); }
#else
layout(set = 0, binding = 0) readonly buffer A { float a[]; };
layout(set = 0, binding = 0) readonly buffer AWords { uint a_words[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) readonly buffer Factors { float factors[]; };
vec2 factor(uint i) { return vec2(factors[2 * i], factors[2 * i + 1]); }
float a_value(uint i) { return A_HALF ? of_half(a_words[i / 2u], i) : a[i]; }
#endif
layout(set = 0, binding = 6) writeonly buffer C { float c[]; };
#define EPILOGUE_ID 12
#define EPILOGUE_BINDING 3
#define EPILOGUE_QUADS (TILE_COLS % 4 == 0)
#define PRODUCT_ROWS product_rows()
#include "../common/epilogue.glsl"
#include "products.glsl"

#ifdef LOOKUP
#include "wide_store.glsl"
WIDE_STORE(6, c)
#endif

const int PER_UNIT = TYPE == PACKED_I8 ? 4 : TYPE == PACKED_I4 ? 8 : TYPE == PACKED_I2 ? 16 : 32;
const bool TERNARY = TYPE == PACKED_TERNARY;

uint a_pitch() { return TRANS_A ? p.rows : p.depth; }
uint a_index(uint row, uint k) { return TRANS_A ? k * p.rows + row : row * p.depth + k; }

uint first_k, end_k;      // of the part
uint a_first, b_first;  // where the batch begins: elements of a, stored rows of b
// Factors of a stored row of the batch. What is the same for all invocations is added first: GPUs do it in scalar registers.
vec2 row_factor(uint row, uint block) { return factor(row * p.row_factors + (b_first * p.row_factors + block)); }

#if defined(FEW_ROWS)
#include "few_rows.glsl"
#elif defined(LOOKUP)
#include "lookup_tile.glsl"
#include "lookup_rows.glsl"
#else
#include "register_tile.glsl"
#include "dense_operand.glsl"
const int STEP = LANES;

// Codes that lie together in a tile, and the units that they take.
const int CODES = TRANS_B ? LANES : TILE_COLS;
const int UNITS = CODES > PER_UNIT ? CODES / PER_UNIT : 1;
uvec2 units[UNITS];

// Loads the codes from column `col`, a multiple of CODES, of a stored row.
void load_units(uint row, uint col) {
  const uint cols = TRANS_B ? p.depth : p.cols;
  const uint pitch = words_per_row(TYPE, cols);
  const uint word = row * pitch + (b_first * pitch + col / PER_UNIT * words_per_unit(TYPE));
#ifdef TEXEL
  uvec4 texel = texelFetch(b, int(word / 4));
  if (TERNARY) {
    units[0] = half_texel(texel, word / 2);
  } else if (UNITS == 1) {
    units[0] = uvec2(word_of(texel, word), 0);
  } else if (UNITS == 2) {
    const uvec2 two = half_texel(texel, word / 2);
    units[0] = uvec2(two.x, 0);
    units[UNITS - 1] = uvec2(two.y, 0);
  } else {
    [[unroll]] for (int u = 0; u < UNITS; ++u) {
      if (u > 0 && u % 4 == 0) texel = texelFetch(b, int(word / 4 + u / 4));
      units[u] = uvec2(texel[u % 4], 0);
    }
  }
#else
  [[unroll]] for (int u = 0; u < UNITS; ++u) units[u] = uvec2(b[word + u], 0);
  if (TERNARY) units[0].y = b[word + 1];
#endif
}

void load_b(uint col0, uint k0) {
  if (TRANS_B) {
    const uint k = k0 / CODES * CODES;
    [[unroll]] for (int j = 0; j < TILE_COLS; ++j) {
      const uint row = min(col0 + j, p.cols - 1);
      load_units(row, k);
      const vec2 so = row_factor(row, k / p.block);
      [[unroll]] for (int q = 0; q < LANES; ++q) {
        const uint place = PER_UNIT > CODES ? k % PER_UNIT + q : q % PER_UNIT;
        const float value = so.x * float(code_at(TYPE, units[q / PER_UNIT], place)) + so.y;
        fb[q][j] = mix(0.0, value, k + q < terms_limit());
      }
    }
    return;
  }
  const uint first = min(col0, p.cols - 1) / TILE_COLS * TILE_COLS;
  const uint block = first / p.block;
  [[unroll]] for (int q = 0; q < LANES; ++q) {
    const uint row = min(k0 + q, p.depth - 1);
    load_units(row, first);
    const vec2 so = mix(vec2(0.0), row_factor(row, block), bvec2(k0 + q < terms_limit()));
    [[unroll]] for (int j = 0; j < TILE_COLS; ++j) {
      const uint place = PER_UNIT > CODES ? first % PER_UNIT + j : j % PER_UNIT;
      fb[q][j] = so.x * float(code_at(TYPE, units[j / PER_UNIT], place)) + so.y;
    }
  }
}

#endif

#ifndef FEW_ROWS
void multiply_all(uint row0, uint col0) {
  // Tested at its end: CPU drivers run the body of any other loop once more, with no effect.
  uint k0 = first_k;
  do {
    load_a(a_first, row0, k0);
    load_b(col0, k0);
    multiply_tile();
    k0 += STEP;
  } while (k0 < end_k);
}
#endif

void main() {
  const uint tile_width = gl_WorkGroupSize.x * TILE_COLS;
  const uint col_tiles = (p.cols + tile_width - 1) / tile_width;
  const uint group = linear_group();
  const uint row0 = begin_tile(group / col_tiles, TILE_ROWS) * TILE_ROWS;
  if (row0 >= product_rows()) return;
  // The terms of groups are stored rows of both operands.
  const bool term_groups = PRODUCTS == PRODUCTS_TERM_GROUPS;
  a_first = (PRODUCTS == PRODUCTS_ROW_GROUPS ? group_begin : term_groups ? 0u : batch * p.rows) * p.depth;
  b_first = term_groups ? 0u : batch * (TRANS_B ? p.cols : p.depth);
  first_k = terms_begin();
  end_k = terms_end();
  const uint col0 = group % col_tiles * tile_width + gl_LocalInvocationID.x * TILE_COLS;

  clear_tile();
#ifdef LOOKUP
  if (TRANS_B) multiply_rows(row0, col0);
  if (!TRANS_B) multiply_all(row0, col0);
#else
  multiply_all(row0, col0);
#endif

#ifdef LOOKUP
  if (C_WHOLE) {
    [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) {
      [[unroll]] for (int j = 0; j < TILE_COLS; j += 4) {
        const uint row = row0 + i, col = col0 + j;
        const vec4 four = epilogue(TILE_FOUR(acc, i, j, TILE_COLS), min(row, p.rows - 1u), col + uvec4(0, 1, 2, 3));
        if (row < p.rows && col < p.cols) store_c(((first_line() + row) * p.cols + col) / 4, four);
      }
    }
    return;
  }
#endif
  CLEAR_OUTSIDE(acc, TILE_ROWS, TILE_COLS)
#define COLUMN(j) (col0 + (j))
  STORE_TILE(c, acc, TILE_ROWS, TILE_COLS, first_line(), row0, COLUMN)
}
#endif
