#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant subgroup SUBGROUP=1
//! variant texel SUBGROUP=1 TEXEL=1
//! variant lookup SUBGROUP=1 TEXEL=1 LOOKUP=1
//! needs GL_ARB_gpu_shader_int64
//! variant row_pairs SUBGROUP=1 TEXEL=1 ROW_PAIRS=1
//! needs GL_ARB_gpu_shader_int64
//! variant dot8 DOT8=1
//! needs GL_EXT_spirv_intrinsics
//! variant coopmat COOPMAT=1
//! needs GL_KHR_cooperative_matrix
//
//   y[b,i,j] = epilogue(sum_k xhat[b,i,k] what[b,j,k])     xhat = s q + o, (s, o) by row and block; common/epilogue.glsl
//
// of codes q of any packed types, at least one of them of 2 bits or more. x: packed [batch][m][k],
// w: packed [batch][n][k] (core/bits.hpp); factors: f32 pairs (s, o) in [batch][row][block] order; y: f32 [batch][m][n].
// Any extent may be 0. Blocks follow MatmulCodesParams. Long sums are made in parts, y: f32 [part][b][m][n], which
// add_parts.comp adds; the epilogue is its then. With ROW_TERMS, of one batch and at once,
//
//   y[i,j] = epilogue(s_i sum_k q_x[i,k] q_w[j,k] + t_i)     rows are one block; t = w_factors, f32 [m], or 0
//
// Within a block the products are whole numbers, added in f32 registers while they stay below 2^24 and
// moved to i32 ones before they could pass it (FLUSH): exact, and quicker than integer multiplication on
// what this variant is for. Padding codes are 0 on the side that is not one-bit.
//
// Tiles: a work group makes TILE_ROWS x (local size * TILE_COLS), an invocation all of these rows in
// TILE_COLS columns. Of x, LANES units (packed.glsl) of each row are in registers at a time; one step
// multiplies code p of each of them, wherever they lie in k, which exact sums allow.
//   subgroup  each invocation loads another unit of x, and they are handed round.
//   texel     each invocation loads LANES units of every LANES-th row of x, and all operands are loaded four words at a
//             time through texel buffers. LANES is 4 or 8 and divides TILE_ROWS.
//   lookup    for x of integers and w of one-bit, ternary or i2 codes, both laid out for it: lookup_ints.glsl. FLUSH is in
//             words of 32 codes there, and LANES does not matter. One product only.
//   row_pairs for integers on both sides: two rows of x to a word, which one multiplication serves, laid out for it:
//             row_pairs.glsl. FLUSH is 1 or 2 there where a block is 32 or 64 codes, else 0. One product only.
//   dot8      codes become bytes, and four products are one instruction that adds to i32: LANES and FLUSH
//             do not matter; a block of n codes needs n * 2^14 < 2^31.
//   coopmat   codes become bytes, which matrix hardware multiplies: codes_matrices.glsl. One product only.
#ifdef COOPMAT
#include "codes_matrices.glsl"
#else
#ifdef DOT8
#extension GL_EXT_spirv_intrinsics : require
#endif
#if defined(LOOKUP) || defined(ROW_PAIRS)
#extension GL_ARB_gpu_shader_int64 : require
#endif
#include "../common/index.glsl"
#include "matmul_ints.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint X_TYPE = 8;
layout(constant_id = 2) const uint W_TYPE = 8;
layout(constant_id = 3) const int TILE_ROWS = 4;
layout(constant_id = 4) const int TILE_COLS = 4;
layout(constant_id = 5) const int LANES = 4;  // 1, 2, 4 or 8; LANES units of x divide a block
layout(constant_id = 6) const int FLUSH = 0;  // codes that f32 adds exactly; 0 where a block has no more
layout(constant_id = 7) const int ROW_TERMS = 0;  // 0: factors on both sides, 1: s and t, 2: s alone
layout(constant_id = 8) const int Y_RUN = 1;  // of STORE_RUNS, or 1: STORE_TILE; of `lookup` and `row_pairs`
// Several products. A constant: what numbers them would take scalar registers that one product needs on GPUs.
layout(constant_id = 9) const uint PRODUCTS = 0;  // but PRODUCTS_TERM_GROUPS
layout(constant_id = 10) const bool IN_PARTS = false;  // likewise

layout(push_constant) uniform Push { MatmulCodesParams p; };
#ifdef TEXEL
#include "../common/texels.glsl"
UINT_TEXELS(0, x)
FLOAT_TEXELS(1, x_factors)
UINT_TEXELS(2, w)
FLOAT_TEXELS(3, w_factors)
vec2 x_factor(uint i) { return half_texel(texelFetch(x_factors, int(i / 2)), i); }
vec2 w_factor(uint i) { return half_texel(texelFetch(w_factors, int(i / 2)), i); }
float given_term(uint row) {
  const vec2 two = half_texel(texelFetch(w_factors, int(row / 4)), row / 2);
  return (row & 1u) == 0u ? two.x : two.y;
}
#else
layout(set = 0, binding = 0) readonly buffer X { uint x[]; };
layout(set = 0, binding = 1) readonly buffer XFactors { float x_factors[]; };
layout(set = 0, binding = 2) readonly buffer W { uint w[]; };
layout(set = 0, binding = 3) readonly buffer WFactors { float w_factors[]; };
vec2 x_factor(uint i) { return vec2(x_factors[2 * i], x_factors[2 * i + 1]); }
vec2 w_factor(uint i) { return vec2(w_factors[2 * i], w_factors[2 * i + 1]); }
float given_term(uint row) { return w_factors[row]; }
#endif
layout(set = 0, binding = 7) writeonly buffer Y { float y[]; };

#include "matmul_codes.glsl"
#if defined(LOOKUP) || defined(ROW_PAIRS)
#define EPILOGUE_QUADS true
#else
#define EPILOGUE_QUADS false
#endif
#define EPILOGUE_ID 11
#define EPILOGUE_BINDING 4
#define PRODUCT_ROWS product_rows()
#include "../common/epilogue.glsl"
#include "codes_batch.glsl"
#ifdef LOOKUP
#include "lanes.glsl"
#include "lookup_ints.glsl"
#elif defined(ROW_PAIRS)
#include "lanes.glsl"
#include "row_pairs.glsl"
#else
const bool TRANS_A = false;  // x is stored by rows
#include "register_tile.glsl"

const int X_UNIT = X_TYPE == PACKED_I8 ? 4 : X_TYPE == PACKED_I4 ? 8 : X_TYPE == PACKED_I2 ? 16 : 32;
const int W_UNIT = W_TYPE == PACKED_I8 ? 4 : W_TYPE == PACKED_I4 ? 8 : W_TYPE == PACKED_I2 ? 16 : 32;
const int STEPS = X_UNIT < W_UNIT ? X_UNIT : W_UNIT;  // codes of x's units per set of w's
#ifdef DOT8
const int REGION = 32;
#else
const int REGION = LANES * X_UNIT;                    // codes between looks at a block's end
#endif
// Lanes that share a unit of w, where that is the same everywhere.
const int SHARED = W_UNIT > X_UNIT ? (REGION % W_UNIT == 0 ? W_UNIT / X_UNIT : 1) : 1;

// What an invocation holds of x: X_COPIES units of X_ROWS rows.
#ifdef TEXEL
const int X_COPIES = LANES, X_ROWS = TILE_ROWS / LANES;
#else
const int X_COPIES = A_COPIES, X_ROWS = TILE_ROWS;
#endif
uvec2 x_units[X_COPIES][X_ROWS];
uvec2 w_units[LANES][TILE_COLS];
float sums[TILE_ROWS][TILE_COLS];
int products[TILE_ROWS][TILE_COLS];  // acc's share before the last flush
float x_partial[A_COPIES][X_ROWS], w_partial[TILE_COLS];
int x_sums[X_ROWS], w_sums[TILE_COLS];

#ifdef DOT8

// OpSDot on four signed bytes in a word; a later glslang has it as an extension.
spirv_instruction(extensions = ["SPV_KHR_integer_dot_product"], capabilities = [6018, 6019], id = 4450)
int dot_four(uint a, uint b, spirv_literal int format);

uvec2 x_unit(uint row, uint k) {
  const uint word = row * words_per_row(X_TYPE, p.depth) + k / X_UNIT * words_per_unit(X_TYPE);
  return uvec2(x[word], X_TYPE == PACKED_TERNARY ? x[word + 1] : 0u);
}
// What is the same for all invocations comes first, so that GPUs add it in scalar registers.
uvec2 w_unit(uint col, uint k) {
  const uint pitch = words_per_row(W_TYPE, p.depth), first = w_first * pitch + k / W_UNIT * words_per_unit(W_TYPE);
  const uint word = min(col, p.cols - 1) * pitch + first;
  return uvec2(w[word], W_TYPE == PACKED_TERNARY ? w[word + 1] : 0u);
}

void clear_partials() {}

// The sums are in units of four_codes() until here.
void flush() {
  const uint x_scale = four_codes_scale(X_TYPE), w_scale = four_codes_scale(W_TYPE);
  [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) {
    x_sums[i] >>= x_scale;
    [[unroll]] for (int j = 0; j < TILE_COLS; ++j) products[i][j] >>= x_scale + w_scale;
  }
  [[unroll]] for (int j = 0; j < TILE_COLS; ++j) w_sums[j] >>= w_scale;
}

// Rows start on 16 bytes, so that the words of four codes exist where the last of them do not; they are
// 0 beyond the last code of a row.
void multiply_region(uint row0, uint col0, uint k0) {
  const uint end = min(k0 + REGION, (p.depth + 3) / 4 * 4);
  for (uint k = k0; k < end; k += 4) {
    uint a[TILE_ROWS], b[TILE_COLS];
    [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) {
      a[i] = four_codes(X_TYPE, x_unit(x_row(row0 + i), k), k % X_UNIT);
      x_sums[i] += dot_four(a[i], 0x01010101u, 0);
    }
    [[unroll]] for (int j = 0; j < TILE_COLS; ++j) {
      b[j] = four_codes(W_TYPE, w_unit(col0 + j * gl_WorkGroupSize.x, k), k % W_UNIT);
      w_sums[j] += dot_four(b[j], 0x01010101u, 0);
    }
    [[unroll]] for (int i = 0; i < TILE_ROWS; ++i)
      [[unroll]] for (int j = 0; j < TILE_COLS; ++j) products[i][j] += dot_four(a[i], b[j], 0);
  }
}

#else

#ifdef TEXEL
// Words beyond the last unit of a row are padding, which is 0 like what lies past its end.
uvec2 unit_of(uvec4 texel, uint type, uint i) {
  return type == PACKED_TERNARY ? half_texel(texel, i) : uvec2(word_of(texel, i), 0u);
}

void load_x(uint row0, uint k0) {
  const uint pitch = words_per_row(X_TYPE, p.depth) / 4u, units = (p.depth + X_UNIT - 1) / X_UNIT;
  const int in_texel = X_TYPE == PACKED_TERNARY ? 2 : 4;
  [[unroll]] for (int i = 0; i < X_ROWS; ++i) {
    const uint row = x_row(row0 + i * LANES + first_lane());
    [[unroll]] for (int q = 0; q < LANES; q += in_texel) {
      const uint unit = k0 / X_UNIT + q;
      const uvec4 four = texelFetch(x, int(row * pitch + min(unit / in_texel, pitch - 1)));
      [[unroll]] for (int c = 0; c < in_texel; ++c)
        x_units[q + c][i] = mix(uvec2(0), unit_of(four, X_TYPE, c), bvec2(unit < units));
    }
  }
}

void load_w(uint col0, uint k0) {
  const uint pitch = words_per_row(W_TYPE, p.depth) / 4u, units = (p.depth + W_UNIT - 1) / W_UNIT;
  const int in_texel = W_TYPE == PACKED_TERNARY ? 2 : 4;
  // Neighbours of which one texel holds several, or one at a time.
  const int run = X_UNIT == W_UNIT ? in_texel : SHARED;
  [[unroll]] for (int j = 0; j < TILE_COLS; ++j) {
    const uint row = w_row(col0 + j * gl_WorkGroupSize.x) * pitch;
    [[unroll]] for (int q = 0; q < LANES; q += run) {
      const uint unit = (k0 + q * X_UNIT) / W_UNIT;
      const uvec4 four = texelFetch(w, int(row + min(unit / in_texel, pitch - 1)));
      [[unroll]] for (int c = 0; c < run; ++c) {
        const uvec2 value = unit_of(four, W_TYPE, X_UNIT == W_UNIT ? uint(c) : unit);
        w_units[q + c][j] = mix(uvec2(0), value, bvec2(unit < units));
      }
    }
  }
}
#else
void load_x(uint row0, uint k0) {
  const uint units = (p.depth + X_UNIT - 1) / X_UNIT;
  [[unroll]] for (int q = 0; q < A_COPIES; ++q) {
    const uint unit = k0 / X_UNIT + first_lane() + q;
    [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) {
      const uint word = x_row(row0 + i) * words_per_row(X_TYPE, p.depth) +
                        min(unit, units - 1) * words_per_unit(X_TYPE);
      const uvec2 value = uvec2(x[word], X_TYPE == PACKED_TERNARY ? x[word + 1] : 0u);
      x_units[q][i] = mix(uvec2(0), value, bvec2(unit < units));
    }
  }
}

// Units of w that hold codes k0 + q * X_UNIT and on.
void load_w(uint col0, uint k0) {
  const uint units = (p.depth + W_UNIT - 1) / W_UNIT;
  [[unroll]] for (int j = 0; j < TILE_COLS; ++j) {
    const uint row = w_row(col0 + j * gl_WorkGroupSize.x) * words_per_row(W_TYPE, p.depth);
    [[unroll]] for (int q = 0; q < LANES; ++q) {
      if (q % SHARED == 0) {
        const uint unit = (k0 + q * X_UNIT) / W_UNIT;
        const uint word = row + min(unit, units - 1) * words_per_unit(W_TYPE);
        const uvec2 value = uvec2(w[word], W_TYPE == PACKED_TERNARY ? w[word + 1] : 0u);
        w_units[q][j] = mix(uvec2(0), value, bvec2(unit < units));
      } else {
        w_units[q][j] = w_units[q / SHARED * SHARED][j];
      }
    }
  }
}

#endif

// Code p of every lane's unit of x, counted from `start`, and those of w at the same k.
void load_step(uint start, uint k0, uint step) {
#ifdef TEXEL
  [[unroll]] for (int i = 0; i < X_ROWS; ++i) {
    [[unroll]] for (int q = 0; q < LANES; ++q) {
      fa[0][i * LANES + q] = float(code_at(X_TYPE, x_units[q][i], start + step));
      x_partial[0][i] += fa[0][i * LANES + q];
    }
  }
#else
  [[unroll]] for (int q = 0; q < A_COPIES; ++q) {
    [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) {
      fa[q][i] = float(code_at(X_TYPE, x_units[q][i], start + step));
      x_partial[q][i] += fa[q][i];
    }
  }
#endif
  [[unroll]] for (int q = 0; q < LANES; ++q) {
    const uint place = (k0 + q * X_UNIT + start) % W_UNIT + step;
    [[unroll]] for (int j = 0; j < TILE_COLS; ++j) {
      fb[q][j] = float(code_at(W_TYPE, w_units[q][j], place));
      w_partial[j] += fb[q][j];
    }
  }
}

void clear_partials() {
  clear_tile();
  [[unroll]] for (int q = 0; q < A_COPIES; ++q)
    [[unroll]] for (int i = 0; i < X_ROWS; ++i) x_partial[q][i] = 0.0;
  [[unroll]] for (int j = 0; j < TILE_COLS; ++j) w_partial[j] = 0.0;
}

void flush() {
#ifdef TEXEL
  [[unroll]] for (int i = 0; i < X_ROWS; ++i) x_sums[i] += int(x_partial[0][i]);
#else
  [[unroll]] for (int i = 0; i < TILE_ROWS; ++i)
    [[unroll]] for (int q = 0; q < LANES; ++q) x_sums[i] += int(A_AT(x_partial, i, q));
#endif
  [[unroll]] for (int i = 0; i < TILE_ROWS; ++i)
    [[unroll]] for (int j = 0; j < TILE_COLS; ++j) products[i][j] += int(acc[i][j]);
  [[unroll]] for (int j = 0; j < TILE_COLS; ++j) w_sums[j] += int(w_partial[j]);
  clear_partials();
}

// All codes of LANES units of each row of x.
void multiply_region(uint row0, uint col0, uint k0) {
  load_x(row0, k0);
  uint start = 0;
  do {
    load_w(col0, k0 + start);
    uint step = 0;
    do {
      load_step(start, k0, step);
      multiply_tile();
      ++step;
    } while (step < STEPS);
    start += STEPS;
  } while (start < X_UNIT);
}

#endif

void clear_block() {
  clear_partials();
  [[unroll]] for (int i = 0; i < X_ROWS; ++i) x_sums[i] = 0;
  [[unroll]] for (int i = 0; i < TILE_ROWS; ++i)
    [[unroll]] for (int j = 0; j < TILE_COLS; ++j) products[i][j] = 0;
  [[unroll]] for (int j = 0; j < TILE_COLS; ++j) w_sums[j] = 0;
}

// Padding was read as codes: 0, or +1 for signs. `seen` codes were read in this block of `length`.
int padding_sum(uint type, uint seen, uint length) { return type == PACKED_S1 ? int(seen - length) : 0; }

// The only block of a row.
void end_row(uint row0) {
  [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) {
    const uint row = x_row(row0 + i);
    const float s = x_factor(row).x, t = ROW_TERMS == 1 ? given_term(row) : 0.0;
    [[unroll]] for (int j = 0; j < TILE_COLS; ++j) sums[i][j] = row_value(products[i][j], s, t);
  }
}

void end_block(uint row0, uint col0, uint block, uint length, uint seen) {
  flush();
  if (ROW_TERMS > 0) {
    end_row(row0);
    return;
  }
  float s_w[TILE_COLS], o_w[TILE_COLS], w_term[TILE_COLS];
  [[unroll]] for (int j = 0; j < TILE_COLS; ++j) {
    const vec2 factor = w_factor(w_row(col0 + j * gl_WorkGroupSize.x) * p.w_row_factors + block / p.w_ratio);
    s_w[j] = factor.x;
    o_w[j] = factor.y;
    w_term[j] = col_term(s_w[j], o_w[j], w_sums[j] - padding_sum(W_TYPE, seen, length), length);
  }
  [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) {
    const vec2 factor = x_factor(x_row(row0 + i) * p.x_row_factors + block / p.x_ratio);
    const float s_x = factor.x, o_x = factor.y;
#ifdef TEXEL
    const int sum = from_lane(x_sums[i / LANES], i % LANES);
#else
    const int sum = x_sums[i];
#endif
    const float x_term = row_term(s_x, sum - padding_sum(X_TYPE, seen, length));
    [[unroll]] for (int j = 0; j < TILE_COLS; ++j) {
      sums[i][j] = add_block(sums[i][j], block_value(products[i][j], s_x, s_w[j], x_term, o_w[j], o_x,
                                                     w_term[j]));
    }
  }
  clear_block();
}

void multiply_all(uint row0, uint col0) {
  [[unroll]] for (int i = 0; i < TILE_ROWS; ++i)
    [[unroll]] for (int j = 0; j < TILE_COLS; ++j) sums[i][j] = 0.0;
  clear_block();
  // Loops that test at their end: CPU drivers run the body of any other once more, with no effect, and
  // the code under an `if` always.
  uint block = first_block(), k0 = first_k;
  const uint last = end_k();
  do {
    const uint start = k0, end = min(k0 + p.block, p.depth);
    do {
      const uint flush_at = FLUSH > 0 ? min(k0 + FLUSH / REGION * REGION, end) : end;
      do {
        multiply_region(row0, col0, k0);
        k0 += REGION;
      } while (k0 < flush_at);
#ifndef DOT8
      if (FLUSH > 0) flush();
#endif
    } while (k0 < end);
#ifdef DOT8
    const uint seen = (end - start + 3) / 4 * 4;
#else
    const uint seen = k0 - start;
#endif
    end_block(row0, col0, block, end - start, seen);
    ++block;
  } while (k0 < last);
}

uint tile_column(uint first, int j) { return first + j * gl_WorkGroupSize.x; }
uint first_column(uint tile) { return tile * gl_WorkGroupSize.x * TILE_COLS + gl_LocalInvocationID.x; }

#endif

void main() {
  const uint tile_width = gl_WorkGroupSize.x * TILE_COLS;
  const uint col_tiles = (p.cols + tile_width - 1) / tile_width;
  const uint group = linear_group();
  const uint row0 = begin_product(group / col_tiles, TILE_ROWS) * TILE_ROWS;
  if (row0 >= product_rows()) return;
  const uint col0 = first_column(group % col_tiles);

  multiply_all(row0, col0);
  CLEAR_OUTSIDE(sums, TILE_ROWS, TILE_COLS)
#define COLUMN(j) tile_column(col0, j)
#if defined(LOOKUP) || defined(ROW_PAIRS)
  if (Y_RUN > 1) {
    STORE_RUNS(y, sums, TILE_ROWS, TILE_COLS, y_first, row0, COLUMN, Y_RUN)
    return;
  }
#endif
  STORE_TILE(y, sums, TILE_ROWS, TILE_COLS, y_first, row0, COLUMN)
}
#endif
