#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant subgroup SUBGROUP=1
//! variant texel    SUBGROUP=1 TEXEL=1
//! needs GL_ARB_gpu_shader_int64
//! variant coopmat  COOPMAT=1
//! needs GL_KHR_cooperative_matrix
//
//   y[b,i,j] = epilogue(sum_k xhat[b,i,k] what[b,j,k])     xhat = s q + o, (s, o) by row and block; common/epilogue.glsl
//
// of one-bit and ternary codes q, by counting bits. x: packed [batch][m][k], w: packed
// [batch][n][k] (core/bits.hpp); factors: f32 pairs (s, o) in [batch][row][block] order; y: f32 [batch][m][n]. Any extent
// may be 0. Blocks follow MatmulCodesParams. Long sums are made in parts, y: f32 [part][b][m][n], which add_parts.comp
// adds; the epilogue is its then.
//
// In code units, with n real codes in a block and S, N the sums and the counts of non-zero codes:
//   {0,1} {0,1}    P = #(x & w)                       {0,1} sign     P = S_x - 2 #(x & w)
//   sign  sign     P = n - 2 #(x ^ w)                 {0,1} ternary  P = #(x & nz) - 2 #(x & sign)
//   sign  ternary  P = N_w - 2 #(nz & (x ^ sign))     ternary twice  P = #nz - 2 #(nz & (sign ^ sign))
// Padding bits are 0 everywhere and add nothing; n is the true length.
//
// Tiles: a chunk is 32 codes. A work group makes TILE_ROWS x (local size * TILE_COLS), an invocation
// all of these rows in TILE_COLS columns, in registers, CHUNKS chunks at a time.
//   subgroup  all invocations want the same words of x: each loads those of another chunk and they are
//             handed round. The first CHUNKS invocations of every subgroup must exist.
//   texel     all operands are loaded four words at a time through texel buffers, and each invocation loads CHUNKS
//             chunks of every CHUNKS-th row of x. CHUNKS is 4 or 8 and divides TILE_ROWS.
//   coopmat   codes become bytes, which matrix hardware multiplies: codes_matrices.glsl. One product only.
#ifdef TEXEL
#extension GL_ARB_gpu_shader_int64 : require
#endif
#ifdef COOPMAT
#include "codes_matrices.glsl"
#else
#include "../common/index.glsl"
#include "matmul_bits.h"
#ifdef SUBGROUP
#include "lanes.glsl"
#endif

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint X_TYPE = 4;
layout(constant_id = 2) const uint W_TYPE = 4;
layout(constant_id = 3) const int TILE_ROWS = 4;
layout(constant_id = 4) const int TILE_COLS = 4;
layout(constant_id = 5) const int CHUNKS = 4;        // 1, 2, 4 or 8
// Chunks of a block where that divides CHUNKS; 0 where CHUNKS divides it, or a row is one block.
layout(constant_id = 6) const int BLOCK_CHUNKS = 0;
// A row is one block, so that no sums need to outlive a step. Not for the variants of CPU drivers, which spill anyway.
#ifdef SUBGROUP
const bool ONE_BLOCK = false;
#else
layout(constant_id = 7) const bool ONE_BLOCK = false;
#endif
#ifdef TEXEL
layout(constant_id = 7) const int Y_RUN = 1;  // of STORE_RUNS, or 1: STORE_TILE
const int RUN = Y_RUN == 2 ? 8 : Y_RUN;       // columns of an invocation that lie side by side
#else
const int RUN = 1;
#endif
// Several products. A constant: what numbers them would take scalar registers that one product needs on GPUs.
layout(constant_id = 8) const uint PRODUCTS = 0;  // but PRODUCTS_TERM_GROUPS
layout(constant_id = 9) const bool IN_PARTS = false;  // likewise
const int SEGMENT = BLOCK_CHUNKS > 0 ? BLOCK_CHUNKS : CHUNKS;  // chunks between looks at a block's end

layout(push_constant) uniform Push { MatmulCodesParams p; };
#ifdef TEXEL
#include "../common/texels.glsl"
UINT_TEXELS(0, x)
FLOAT_TEXELS(1, x_factors)
UINT_TEXELS(2, w)
FLOAT_TEXELS(3, w_factors)
vec2 x_factor(uint i) { return half_texel(texelFetch(x_factors, int(i / 2)), i); }
vec2 w_factor(uint i) { return half_texel(texelFetch(w_factors, int(i / 2)), i); }
#else
layout(set = 0, binding = 0) readonly buffer X { uint x[]; };
layout(set = 0, binding = 0) readonly buffer X4 { uvec4 x4[]; };
layout(set = 0, binding = 2) readonly buffer W { uint w[]; };
layout(set = 0, binding = 2) readonly buffer W4 { uvec4 w4[]; };
layout(set = 0, binding = 1) readonly buffer XFactors { float x_factors[]; };
layout(set = 0, binding = 3) readonly buffer WFactors { float w_factors[]; };
vec2 x_factor(uint i) { return vec2(x_factors[2 * i], x_factors[2 * i + 1]); }
vec2 w_factor(uint i) { return vec2(w_factors[2 * i], w_factors[2 * i + 1]); }
#endif
layout(set = 0, binding = 7) writeonly buffer Y { float y[]; };

#include "matmul_codes.glsl"
#define EPILOGUE_ID 10
#define EPILOGUE_BINDING 4
#ifdef TEXEL
#define EPILOGUE_QUADS (RUN % 4 == 0)
#else
#define EPILOGUE_QUADS false
#endif
#define PRODUCT_ROWS product_rows()
#include "../common/epilogue.glsl"
#include "codes_batch.glsl"
#ifdef TEXEL
#include "wide_store.glsl"
WIDE_STORE(7, y)
#endif

const bool X_TERNARY = X_TYPE == PACKED_TERNARY, W_TERNARY = W_TYPE == PACKED_TERNARY;
const bool X_SIGN = X_TYPE == PACKED_S1, W_SIGN = W_TYPE == PACKED_S1;
const bool X_BIT = X_TYPE == PACKED_B1, W_BIT = W_TYPE == PACKED_B1;

// What an invocation holds of x: X_COPIES chunks of X_ROWS rows.
#if defined(TEXEL)
const int X_COPIES = CHUNKS, X_ROWS = TILE_ROWS / CHUNKS;
#define X_AT(array, i, q) from_lane(array[q][i / CHUNKS], i % CHUNKS)
#define X_ROW_AT(array, i) from_lane(array[i / CHUNKS], i % CHUNKS)
#elif defined(SUBGROUP)
const int X_COPIES = 1, X_ROWS = TILE_ROWS;
#define X_AT(array, i, q) from_lane(array[0][i], q)
#define X_ROW_AT(array, i) array[i]
#else
const int X_COPIES = CHUNKS, X_ROWS = TILE_ROWS;
#define X_AT(array, i, q) array[q][i]
#define X_ROW_AT(array, i) array[i]
#endif
// Words of the step: the bits (or signs) and, for ternary codes, the non-zero masks.
uint x_bits[X_COPIES][X_ROWS], x_mask[X_COPIES][X_ROWS];
float x_scale[X_COPIES][X_ROWS], x_offset[X_COPIES][X_ROWS];
uint w_bits[CHUNKS][TILE_COLS], w_mask[CHUNKS][TILE_COLS];

float sums[TILE_ROWS][TILE_COLS];
int counts[TILE_ROWS][TILE_COLS];  // of a block that is longer than a step
int x_sums[X_ROWS], x_nonzero[X_ROWS], w_sums[TILE_COLS], w_nonzero[TILE_COLS];

// Column j of an invocation whose first one is `first`.
uint tile_column(uint first, int j) { return first + j / RUN * gl_WorkGroupSize.x * RUN + j % RUN; }

uint chunk_count() { return (p.depth + 31) / 32; }
uint block_chunks() { return (p.block + 31) / 32; }

#ifdef TEXEL
// Rows are padded with zeros to whole quads of words and steps start with one, so that only a step's later quads may lie past
// a row's end. All bits or none, by a shift: a choice between two values is a blend of each word on CPU drivers.
uint inside_row(uint quad, uint pitch) { return uint(int(quad - pitch) >> 31); }

void load_x(uint row0, uint k0) {
  const uint pitch = words_per_row(X_TYPE, p.depth) / 4u;
  const int in_texel = X_TERNARY ? 2 : 4;
  [[unroll]] for (int i = 0; i < X_ROWS; ++i) {
    const uint row = x_row(row0 + i * CHUNKS + gl_SubgroupInvocationID % CHUNKS);
    [[unroll]] for (int q = 0; q < CHUNKS; q += in_texel) {
      const uint quad = (k0 + q) / in_texel;
      uvec4 four = texelFetch(x, int(row * pitch + (q > 0 ? min(quad, pitch - 1) : quad)));
      if (q > 0) four &= inside_row(quad, pitch);
      [[unroll]] for (int c = 0; c < in_texel; ++c) {
        x_bits[q + c][i] = four[X_TERNARY ? 2 * c : c];
        if (X_TERNARY) x_mask[q + c][i] = four[(2 * c + 1) % 4];
      }
    }
    if (BLOCK_CHUNKS > 0) {
      [[unroll]] for (int q = 0; q < CHUNKS; q += SEGMENT) {
        const uint block = min(k0 + q, chunk_count() - 1) / SEGMENT;
        const vec2 factor = x_factor(row * p.x_row_factors + block / p.x_ratio);
        x_scale[q][i] = factor.x;
        x_offset[q][i] = factor.y;
      }
    }
  }
}

void load_w(uint col0, uint k0) {
  const uint pitch = words_per_row(W_TYPE, p.depth) / 4u;
  const int in_texel = W_TERNARY ? 2 : 4;
  [[unroll]] for (int j = 0; j < TILE_COLS; ++j) {
    const uint row = w_row(tile_column(col0, j)) * pitch;
    [[unroll]] for (int q = 0; q < CHUNKS; q += in_texel) {
      const uint quad = (k0 + q) / in_texel;
      uvec4 four = texelFetch(w, int(row + (q > 0 ? min(quad, pitch - 1) : quad)));
      if (q > 0) four &= inside_row(quad, pitch);
      [[unroll]] for (int c = 0; c < in_texel; ++c) {
        w_bits[q + c][j] = four[W_TERNARY ? 2 * c : c];
        if (W_TERNARY) w_mask[q + c][j] = four[(2 * c + 1) % 4];
      }
    }
  }
}
#else
#ifndef SUBGROUP
// Where steps are whole quads of words, and so start on 16 bytes as rows do: four words at once. Rows are padded with
// zeros to whole quads, so that nothing is masked but a step's later quads. On GPUs the rows of x go to scalar registers.
const int X_STEP_QUADS = CHUNKS * (X_TERNARY ? 2 : 1) / 4, W_STEP_QUADS = CHUNKS * (W_TERNARY ? 2 : 1) / 4;
const bool X_QUADS = CHUNKS % 4 == 0 && BLOCK_CHUNKS == 0, W_QUADS = CHUNKS % 4 == 0;
uint w_start[TILE_COLS];  // first quads of this invocation's rows of w

void find_rows_of_w(uint col0) {
  const uint pitch = words_per_row(W_TYPE, p.depth) / 4u;
  [[unroll]] for (int j = 0; j < TILE_COLS; ++j)
    w_start[j] = w_row(tile_column(col0, j)) * pitch;
}

void load_x_quads(uint row0, uint k0) {
  const uint pitch = words_per_row(X_TYPE, p.depth) / 4u;
  [[unroll]] for (int q = 0; q < X_STEP_QUADS; ++q) {
    const uint quad = k0 / CHUNKS * X_STEP_QUADS + q;
    [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) {
      uvec4 four = x4[x_row(row0 + i) * pitch + (q > 0 ? min(quad, pitch - 1) : quad)];
      if (q > 0) four = mix(uvec4(0), four, bvec4(quad < pitch));
      [[unroll]] for (int c = 0; c < 4; ++c) {
        if (!X_TERNARY) x_bits[4 * q + c][i] = four[c];
        else if (c % 2 == 0) x_bits[2 * q + c / 2][i] = four[c];
        else x_mask[2 * q + c / 2][i] = four[c];
      }
    }
  }
}

void load_w_quads(uint k0) {
  const uint pitch = words_per_row(W_TYPE, p.depth) / 4u;
  [[unroll]] for (int q = 0; q < W_STEP_QUADS; ++q) {
    const uint quad = k0 / CHUNKS * W_STEP_QUADS + q;
    [[unroll]] for (int j = 0; j < TILE_COLS; ++j) {
      uvec4 four = w4[w_start[j] + (q > 0 ? min(quad, pitch - 1) : quad)];
      if (q > 0) four = mix(uvec4(0), four, bvec4(quad < pitch));
      [[unroll]] for (int c = 0; c < 4; ++c) {
        if (!W_TERNARY) w_bits[4 * q + c][j] = four[c];
        else if (c % 2 == 0) w_bits[2 * q + c / 2][j] = four[c];
        else w_mask[2 * q + c / 2][j] = four[c];
      }
    }
  }
}
#endif

void load_x(uint row0, uint k0) {
#ifdef SUBGROUP
  k0 += gl_SubgroupInvocationID % CHUNKS;
#else
  if (X_QUADS) {
    load_x_quads(row0, k0);
    return;
  }
#endif
  const uint pitch = words_per_row(X_TYPE, p.depth);
  [[unroll]] for (int q = 0; q < X_COPIES; ++q) {
    const uint k = min(k0 + q, chunk_count() - 1);
    const bool inside = k0 + q < chunk_count();
    [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) {
      const uint row = x_row(row0 + i);
      const uint word = row * pitch + k * words_per_unit(X_TYPE);
      x_bits[q][i] = mix(0u, x[word], inside);
      if (X_TERNARY) x_mask[q][i] = mix(0u, x[word + 1], inside);
      if (BLOCK_CHUNKS > 0 && (X_COPIES == 1 || q % SEGMENT == 0)) {
        const vec2 factor = x_factor(row * p.x_row_factors + k / SEGMENT / p.x_ratio);
        x_scale[q][i] = factor.x;
        x_offset[q][i] = factor.y;
      }
    }
  }
}

void load_w(uint col0, uint k0) {
#ifndef SUBGROUP
  if (W_QUADS) {
    load_w_quads(k0);
    return;
  }
#endif
  const uint pitch = words_per_row(W_TYPE, p.depth);
  [[unroll]] for (int j = 0; j < TILE_COLS; ++j) {
    const uint row = w_row(tile_column(col0, j)) * pitch;
    [[unroll]] for (int q = 0; q < CHUNKS; ++q) {
      const uint k = min(k0 + q, chunk_count() - 1);
      const bool inside = k0 + q < chunk_count();
      const uint word = row + k * words_per_unit(W_TYPE);
      w_bits[q][j] = mix(0u, w[word], inside);
      if (W_TERNARY) w_mask[q][j] = mix(0u, w[word + 1], inside);
    }
  }
}
#endif

// What one chunk adds to the count that finish() turns into P.
int count_chunk(uint xb, uint xm, uint wb, uint wm) {
  if (X_TERNARY && W_TERNARY) return bitCount(xm & wm) - 2 * bitCount(xm & wm & (xb ^ wb));
  if (X_TERNARY && W_BIT) return bitCount(xm & wb) - 2 * bitCount(xb & wb);
  if (X_BIT && W_TERNARY) return bitCount(xb & wm) - 2 * bitCount(xb & wb);
  if (X_TERNARY) return bitCount(xm & (xb ^ wb));
  if (W_TERNARY) return bitCount(wm & (xb ^ wb));
  return X_SIGN && W_SIGN ? bitCount(xb ^ wb) : bitCount(xb & wb);
}
// x_sum: of the non-zero codes' signs where x is ternary, else of its codes.
int finish(int count, int x_sum, int j, uint length) {
  if (X_SIGN && W_SIGN) return int(length) - 2 * count;
  if (X_SIGN) return (W_TERNARY ? w_nonzero[j] : w_sums[j]) - 2 * count;
  if (W_SIGN) return x_sum - 2 * count;
  return count;
}

void clear_block() {
  [[unroll]] for (int i = 0; i < X_ROWS; ++i) x_sums[i] = x_nonzero[i] = 0;
  if (BLOCK_CHUNKS == 0) {
    [[unroll]] for (int i = 0; i < TILE_ROWS; ++i)
      [[unroll]] for (int j = 0; j < TILE_COLS; ++j) counts[i][j] = 0;
  }
  [[unroll]] for (int j = 0; j < TILE_COLS; ++j) w_sums[j] = w_nonzero[j] = 0;
}

// Code sums, up to the lengths of signs, which end_block adds.
void add_code_sums(int first) {
  [[unroll]] for (int i = 0; i < X_ROWS; ++i) {
#if defined(SUBGROUP) && !defined(TEXEL)
    const int ones = bitCount(x_bits[0][i]), nonzero = X_TERNARY ? bitCount(x_mask[0][i]) : 0;
#endif
    [[unroll]] for (int q = first; q < first + SEGMENT; ++q) {
#if defined(SUBGROUP) && !defined(TEXEL)
      const int q_ones = from_lane(ones, q), q_nonzero = X_TERNARY ? from_lane(nonzero, q) : 0;
#else
      const int q_ones = bitCount(x_bits[q][i]);
      const int q_nonzero = X_TERNARY ? bitCount(x_mask[q][i]) : 0;
#endif
      x_sums[i] += q_nonzero + (X_BIT ? q_ones : -2 * q_ones);
      x_nonzero[i] += q_nonzero;
    }
  }
  [[unroll]] for (int j = 0; j < TILE_COLS; ++j) {
    [[unroll]] for (int q = first; q < first + SEGMENT; ++q) {
      const int ones = bitCount(w_bits[q][j]), nonzero = W_TERNARY ? bitCount(w_mask[q][j]) : 0;
      w_sums[j] += nonzero + (W_BIT ? ones : -2 * ones);
      w_nonzero[j] += nonzero;
    }
  }
}

float s_w[TILE_COLS], o_w[TILE_COLS], w_term[TILE_COLS];

void load_w_factors(uint block, uint length, uint col0) {
  [[unroll]] for (int j = 0; j < TILE_COLS; ++j) {
    const vec2 factor = w_factor(w_row(tile_column(col0, j)) * p.w_row_factors + block / p.w_ratio);
    s_w[j] = factor.x;
    o_w[j] = factor.y;
    if (W_SIGN) w_sums[j] += int(length);
    w_term[j] = col_term(s_w[j], o_w[j], w_sums[j], length);
  }
}

// A row of x in a block: its factors and sums.
struct Row {
  float scale;
  float offset;
  float term;
  int sum;  // see finish()
};

Row row_of(int i, float scale, float offset, uint length) {
  const int sum = X_ROW_AT(x_sums, i) + (X_SIGN ? int(length) : 0);
  return Row(scale, offset, row_term(scale, sum), X_TERNARY && W_SIGN ? X_ROW_AT(x_nonzero, i) : sum);
}

void add_to_sum(int i, int j, int count, Row r, uint length) {
  sums[i][j] = add_block(sums[i][j], block_value(finish(count, r.sum, j, length), r.scale, s_w[j],
                                                 r.term, o_w[j], r.offset, w_term[j]));
}

// Counts chunks first .. first + SEGMENT - 1 of the step. Where BLOCK_CHUNKS > 0 they are the block
// `block` of `length` codes, which is added to the sums.
void multiply(int first, uint block, uint length, uint col0) {
  add_code_sums(first);
  if (BLOCK_CHUNKS > 0) load_w_factors(block, length, col0);
  [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) {
    uint bits[SEGMENT], mask[SEGMENT];
    [[unroll]] for (int q = 0; q < SEGMENT; ++q) {
      bits[q] = X_AT(x_bits, i, first + q);
      mask[q] = X_TERNARY ? X_AT(x_mask, i, first + q) : 0u;
    }
    Row r = Row(0.0, 0.0, 0.0, 0);
    if (BLOCK_CHUNKS > 0) r = row_of(i, X_AT(x_scale, i, first), X_AT(x_offset, i, first), length);
    [[unroll]] for (int j = 0; j < TILE_COLS; ++j) {
      int count = BLOCK_CHUNKS > 0 ? 0 : counts[i][j];
      [[unroll]] for (int q = 0; q < SEGMENT; ++q) {
        const uint w_nz = W_TERNARY ? w_mask[first + q][j] : 0u;
        count += count_chunk(bits[q], mask[q], w_bits[first + q][j], w_nz);
      }
      if (BLOCK_CHUNKS > 0) {
        add_to_sum(i, j, count, r, length);
      } else {
        counts[i][j] = count;
      }
    }
  }
  if (BLOCK_CHUNKS > 0) clear_block();
}

// Adds a block that took several steps.
void end_block(uint block, uint length, uint row0, uint col0) {
  load_w_factors(block, length, col0);
  [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) {
    const uint row = x_row(row0 + i);
    const vec2 factor = x_factor(row * p.x_row_factors + block / p.x_ratio);
    const Row r = row_of(i, factor.x, factor.y, length);
    [[unroll]] for (int j = 0; j < TILE_COLS; ++j) add_to_sum(i, j, counts[i][j], r, length);
  }
  clear_block();
}

// Multiplies the chunks of the step from `first` on, which are a block.
void segment(int first, uint k0, uint row0, uint col0) {
  const uint k = k0 + first;
  const uint block = min(k, chunk_count() - 1) / SEGMENT;
  // A segment past the end holds zeros only and adds 0.
  const uint length = k < chunk_count() ? min(p.block, p.depth - block * p.block) : 0;
  multiply(first, block, length, col0);
}

void main() {
  const uint tile_width = gl_WorkGroupSize.x * TILE_COLS;
  const uint col_tiles = (p.cols + tile_width - 1) / tile_width;
  const uint group = linear_group();
  const uint row0 = begin_product(group / col_tiles, TILE_ROWS) * TILE_ROWS;
  if (row0 >= product_rows()) return;
  const uint col0 = group % col_tiles * tile_width + RUN * gl_LocalInvocationID.x;

  [[unroll]] for (int i = 0; i < TILE_ROWS; ++i)
    [[unroll]] for (int j = 0; j < TILE_COLS; ++j) sums[i][j] = 0.0;
  clear_block();
#ifndef SUBGROUP
  find_rows_of_w(col0);
#endif
  // Loops that test at their end: CPU drivers run the body of any other once more, with no effect, and
  // the code under an `if` always.
  uint k0 = first_k / 32;
  const uint last = (end_k() + 31) / 32;
  if (BLOCK_CHUNKS > 0) {
    do {
      load_x(row0, k0);
      load_w(col0, k0);
      segment(0, k0, row0, col0);
      // By hand: a loop around this much code is not unrolled, and then the arrays leave the registers.
      if (CHUNKS > SEGMENT) segment(SEGMENT, k0, row0, col0);
      if (CHUNKS > 2 * SEGMENT) {
        segment(2 * SEGMENT, k0, row0, col0);
        segment(3 * SEGMENT, k0, row0, col0);
      }
      if (CHUNKS > 4 * SEGMENT) {
        segment(4 * SEGMENT, k0, row0, col0);
        segment(5 * SEGMENT, k0, row0, col0);
        segment(6 * SEGMENT, k0, row0, col0);
        segment(7 * SEGMENT, k0, row0, col0);
      }
      k0 += CHUNKS;
    } while (k0 < last);
  } else if (ONE_BLOCK) {
    do {
      load_x(row0, k0);
      load_w(col0, k0);
      multiply(0, 0, 0, col0);
      k0 += CHUNKS;
    } while (k0 < last);
    end_block(0, end_k() - first_k, row0, col0);
  } else {
    uint block = first_block();
    do {
      const uint end = min((block + 1) * block_chunks(), chunk_count());
      do {
        load_x(row0, k0);
        load_w(col0, k0);
        multiply(0, block, 0, col0);
        k0 += CHUNKS;
      } while (k0 < end);
      end_block(block, min(p.block, p.depth - block * p.block), row0, col0);
      k0 = end;
      ++block;
    } while (k0 < last);
  }

  CLEAR_OUTSIDE(sums, TILE_ROWS, TILE_COLS)
#define COLUMN(j) tile_column(col0, j)
#ifdef TEXEL
  if (RUN > 1) {
    STORE_RUNS(y, sums, TILE_ROWS, TILE_COLS, y_first, row0, COLUMN, Y_RUN)
    return;
  }
#endif
  STORE_TILE(y, sums, TILE_ROWS, TILE_COLS, y_first, row0, COLUMN)
}
#endif
