#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant subgroup SUBGROUP=1
//! variant int64    SUBGROUP=1 PAIRS=1
//
//   y[i,j] = sum_k xhat[i,k] what[j,k]     xhat = s q + o, (s, o) by row and block
//
// of one-bit and ternary codes q, by counting bits. x: packed [m][k], w: packed [n][k]
// (core/bits.hpp); factors: f32 pairs (s, o) in [row][block] order; y: f32 [m][n]. Any extent may be 0.
// Blocks follow MatmulCodesParams.
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
//   int64     as subgroup, and words of w and factors are loaded in pairs.
#ifdef PAIRS
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#endif
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
const int SEGMENT = BLOCK_CHUNKS > 0 ? BLOCK_CHUNKS : CHUNKS;  // chunks between looks at a block's end

layout(push_constant) uniform Push { MatmulCodesParams p; };
layout(set = 0, binding = 0) readonly buffer X { uint x[]; };
layout(set = 0, binding = 2) readonly buffer W {
#ifdef PAIRS
  uint64_t w[];
#else
  uint w[];
#endif
};
#ifdef PAIRS
layout(set = 0, binding = 1) readonly buffer XFactors { uint64_t x_factors[]; };
layout(set = 0, binding = 3) readonly buffer WFactors { uint64_t w_factors[]; };
vec2 x_factor(uint i) { return uintBitsToFloat(unpackUint2x32(x_factors[i])); }
vec2 w_factor(uint i) { return uintBitsToFloat(unpackUint2x32(w_factors[i])); }
#else
layout(set = 0, binding = 1) readonly buffer XFactors { float x_factors[]; };
layout(set = 0, binding = 3) readonly buffer WFactors { float w_factors[]; };
vec2 x_factor(uint i) { return vec2(x_factors[2 * i], x_factors[2 * i + 1]); }
vec2 w_factor(uint i) { return vec2(w_factors[2 * i], w_factors[2 * i + 1]); }
#endif
layout(set = 0, binding = 4) writeonly buffer Y { float y[]; };

#include "matmul_codes.glsl"

const bool X_TERNARY = X_TYPE == PACKED_TERNARY, W_TERNARY = W_TYPE == PACKED_TERNARY;
const bool X_SIGN = X_TYPE == PACKED_S1, W_SIGN = W_TYPE == PACKED_S1;
const bool X_BIT = X_TYPE == PACKED_B1, W_BIT = W_TYPE == PACKED_B1;

#ifdef SUBGROUP
const int X_COPIES = 1;
#define X_AT(array, i, q) from_lane(array[0][i], q)
#else
const int X_COPIES = CHUNKS;
#define X_AT(array, i, q) array[q][i]
#endif
// Words of the step: the bits (or signs) and, for ternary codes, the non-zero masks.
uint x_bits[X_COPIES][TILE_ROWS], x_mask[X_COPIES][TILE_ROWS];
float x_scale[X_COPIES][TILE_ROWS], x_offset[X_COPIES][TILE_ROWS];
uint w_bits[CHUNKS][TILE_COLS], w_mask[CHUNKS][TILE_COLS];

float sums[TILE_ROWS][TILE_COLS];
int counts[TILE_ROWS][TILE_COLS];  // of a block that is longer than a step
int x_sums[TILE_ROWS], x_nonzero[TILE_ROWS], w_sums[TILE_COLS], w_nonzero[TILE_COLS];

uint chunk_count() { return (p.depth + 31) / 32; }
uint block_chunks() { return (p.block + 31) / 32; }

void load_x(uint row0, uint k0) {
#ifdef SUBGROUP
  k0 += gl_SubgroupInvocationID % CHUNKS;
#endif
  const uint pitch = words_per_row(X_TYPE, p.depth);
  [[unroll]] for (int q = 0; q < X_COPIES; ++q) {
    const uint k = min(k0 + q, chunk_count() - 1);
    const bool inside = k0 + q < chunk_count();
    [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) {
      const uint row = min(row0 + i, p.rows - 1);
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
  const uint pitch = words_per_row(W_TYPE, p.depth);
  [[unroll]] for (int j = 0; j < TILE_COLS; ++j) {
    const uint row = min(col0 + j * gl_WorkGroupSize.x, p.cols - 1) * pitch;
    [[unroll]] for (int q = 0; q < CHUNKS; ++q) {
      const uint k = min(k0 + q, chunk_count() - 1);
      const bool inside = k0 + q < chunk_count();
      const uint word = row + k * words_per_unit(W_TYPE);
#ifdef PAIRS
      if (W_TERNARY) {
        const uvec2 unit = mix(uvec2(0), unpackUint2x32(w[word / 2]), bvec2(inside));
        w_bits[q][j] = unit.x;
        w_mask[q][j] = unit.y;
      } else if (CHUNKS == 1) {
        const uvec2 two = unpackUint2x32(w[word / 2]);
        w_bits[q][j] = (k & 1u) == 0u ? two.x : two.y;
      } else if (q % 2 == 0) {
        // The second word may be padding, which is 0 like a word past the end.
        const uvec2 two = mix(uvec2(0), unpackUint2x32(w[word / 2]), bvec2(inside));
        w_bits[q][j] = two.x;
        w_bits[(q + 1) % CHUNKS][j] = two.y;
      }
#else
      w_bits[q][j] = mix(0u, w[word], inside);
      if (W_TERNARY) w_mask[q][j] = mix(0u, w[word + 1], inside);
#endif
    }
  }
}

// What one chunk adds to the count that finish() turns into P.
int count_chunk(uint xb, uint xm, uint wb, uint wm) {
  if (X_TERNARY && W_TERNARY) return bitCount(xm & wm) - 2 * bitCount(xm & wm & (xb ^ wb));
  if (X_TERNARY && W_BIT) return bitCount(xm & wb) - 2 * bitCount(xb & wb);
  if (X_BIT && W_TERNARY) return bitCount(xb & wm) - 2 * bitCount(xb & wb);
  if (X_TERNARY) return bitCount(xm & (xb ^ wb));
  if (W_TERNARY) return bitCount(wm & (xb ^ wb));
  return X_SIGN && W_SIGN ? bitCount(xb ^ wb) : bitCount(xb & wb);
}
int finish(int count, int i, int j, uint length) {
  if (X_SIGN && W_SIGN) return int(length) - 2 * count;
  if (X_SIGN) return (W_TERNARY ? w_nonzero[j] : w_sums[j]) - 2 * count;
  if (W_SIGN) return (X_TERNARY ? x_nonzero[i] : x_sums[i]) - 2 * count;
  return count;
}

void clear_block() {
  [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) {
    x_sums[i] = x_nonzero[i] = 0;
    if (BLOCK_CHUNKS == 0) [[unroll]] for (int j = 0; j < TILE_COLS; ++j) counts[i][j] = 0;
  }
  [[unroll]] for (int j = 0; j < TILE_COLS; ++j) w_sums[j] = w_nonzero[j] = 0;
}

// Code sums, up to the lengths of signs, which end_block adds.
void add_code_sums(int first) {
  [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) {
#ifdef SUBGROUP
    const int ones = bitCount(x_bits[0][i]), nonzero = X_TERNARY ? bitCount(x_mask[0][i]) : 0;
#endif
    [[unroll]] for (int q = first; q < first + SEGMENT; ++q) {
#ifdef SUBGROUP
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
    const uint col = min(col0 + j * gl_WorkGroupSize.x, p.cols - 1);
    const vec2 factor = w_factor(col * p.w_row_factors + block / p.w_ratio);
    s_w[j] = factor.x;
    o_w[j] = factor.y;
    if (W_SIGN) w_sums[j] += int(length);
    w_term[j] = col_term(s_w[j], o_w[j], w_sums[j], length);
  }
}

void add_to_sum(int i, int j, int count, float s_x, float o_x, float x_term, uint length) {
  sums[i][j] = add_block(sums[i][j], block_value(finish(count, i, j, length), s_x, s_w[j], x_term,
                                                 o_w[j], o_x, w_term[j]));
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
    float s_x = 0.0, o_x = 0.0, x_term = 0.0;
    if (BLOCK_CHUNKS > 0) {
      if (X_SIGN) x_sums[i] += int(length);
      s_x = X_AT(x_scale, i, first);
      o_x = X_AT(x_offset, i, first);
      x_term = row_term(s_x, x_sums[i]);
    }
    [[unroll]] for (int j = 0; j < TILE_COLS; ++j) {
      int count = BLOCK_CHUNKS > 0 ? 0 : counts[i][j];
      [[unroll]] for (int q = 0; q < SEGMENT; ++q) {
        const uint w_nz = W_TERNARY ? w_mask[first + q][j] : 0u;
        count += count_chunk(bits[q], mask[q], w_bits[first + q][j], w_nz);
      }
      if (BLOCK_CHUNKS > 0) {
        add_to_sum(i, j, count, s_x, o_x, x_term, length);
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
    const uint row = min(row0 + i, p.rows - 1);
    const vec2 factor = x_factor(row * p.x_row_factors + block / p.x_ratio);
    if (X_SIGN) x_sums[i] += int(length);
    const float term = row_term(factor.x, x_sums[i]);
    [[unroll]] for (int j = 0; j < TILE_COLS; ++j)
      add_to_sum(i, j, counts[i][j], factor.x, factor.y, term, length);
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
  const uint row0 = group / col_tiles * TILE_ROWS;
  if (row0 >= p.rows) return;
  const uint col0 = group % col_tiles * tile_width + gl_LocalInvocationID.x;

  [[unroll]] for (int i = 0; i < TILE_ROWS; ++i)
    [[unroll]] for (int j = 0; j < TILE_COLS; ++j) sums[i][j] = 0.0;
  clear_block();
  // Loops that test at their end: CPU drivers run the body of any other once more, with no effect, and
  // the code under an `if` always.
  uint k0 = 0;
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
    } while (k0 < chunk_count());
  } else {
    uint block = 0;
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
    } while (k0 < chunk_count());
  }

  [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) {
    [[unroll]] for (int j = 0; j < TILE_COLS; ++j) {
      const uint row = row0 + i, col = col0 + j * gl_WorkGroupSize.x;
      if (row < p.rows && col < p.cols) y[row * p.cols + col] = sums[i][j];
    }
  }
}
