#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant subgroup SUBGROUP=1
//! variant int64    SUBGROUP=1 PAIRS=1
//
//   c[i,j] = sum_k op(a)[i,k] bhat[k,j]     bhat = s q + o, (s, o) by stored row and block
//
// a: f32 [m][k] or, TRANS_A, [k][m]; q: packed codes [k][n] or, TRANS_B, [n][k] (core/bits.hpp), any
// packed type; factors: f32 pairs (s, o) in [stored row][block] order; c: f32 [m][n]. Any extent may be 0.
//
// Codes become values in registers once per tile, so that the multiply-adds are those of matmul_f32
// while a load of one word brings 4 to 32 values. Tiles as there; an invocation's columns are
// neighbours. TILE_COLS divides 32, so that without TRANS_B its columns lie in one block.
//   subgroup  each invocation loads the values of a of another k, and they are handed round.
//   int64     as subgroup, and factors and words are loaded in pairs.
#ifdef PAIRS
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#endif
#include "../common/index.glsl"
#include "../common/packed.glsl"
#include "matmul_dense_codes.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const bool TRANS_A = false;
layout(constant_id = 2) const bool TRANS_B = false;
layout(constant_id = 3) const uint TYPE = 4;
layout(constant_id = 4) const int TILE_ROWS = 8;
layout(constant_id = 5) const int TILE_COLS = 4;
layout(constant_id = 6) const int LANES = 4;  // 4 or 8

layout(push_constant) uniform Push { MatmulDenseCodesParams p; };
layout(set = 0, binding = 0) readonly buffer A { float a[]; };
#ifdef PAIRS
layout(set = 0, binding = 1) readonly buffer B { uint64_t b[]; };
layout(set = 0, binding = 2) readonly buffer Factors { uint64_t factors[]; };
vec2 factor(uint i) { return uintBitsToFloat(unpackUint2x32(factors[i])); }
#else
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) readonly buffer Factors { float factors[]; };
vec2 factor(uint i) { return vec2(factors[2 * i], factors[2 * i + 1]); }
#endif
layout(set = 0, binding = 3) writeonly buffer C { float c[]; };

uint a_index(uint row, uint k) { return TRANS_A ? k * p.rows + row : row * p.depth + k; }

#include "register_tile.glsl"
#include "dense_operand.glsl"

// Codes that lie together in a tile, and the units that they take.
const int RUN = TRANS_B ? LANES : TILE_COLS;
const int PER_UNIT = TYPE == PACKED_I8 ? 4 : TYPE == PACKED_I4 ? 8 : TYPE == PACKED_I2 ? 16 : 32;
const int UNITS = RUN > PER_UNIT ? RUN / PER_UNIT : 1;
const bool TERNARY = TYPE == PACKED_TERNARY;
uvec2 run[UNITS];

// Loads the codes from column `col`, a multiple of RUN, of a stored row.
void load_run(uint row, uint col) {
  const uint cols = TRANS_B ? p.depth : p.cols;
  const uint word = row * words_per_row(TYPE, cols) + col / PER_UNIT * words_per_unit(TYPE);
#ifdef PAIRS
  if (TERNARY) {
    run[0] = unpackUint2x32(b[word / 2]);
  } else if (UNITS == 1) {
    const uvec2 two = unpackUint2x32(b[word / 2]);
    run[0] = uvec2((word & 1u) == 0u ? two.x : two.y, 0);
  } else {
    [[unroll]] for (int u = 0; u < UNITS; u += 2) {
      const uvec2 two = unpackUint2x32(b[word / 2 + u / 2]);
      run[u] = uvec2(two.x, 0);
      run[(u + 1) % UNITS] = uvec2(two.y, 0);
    }
  }
#else
  [[unroll]] for (int u = 0; u < UNITS; ++u) run[u] = uvec2(b[word + u], 0);
  if (TERNARY) run[0].y = b[word + 1];
#endif
}

void load_b(uint col0, uint k0) {
  if (TRANS_B) {
    const uint k = k0 / RUN * RUN;
    [[unroll]] for (int j = 0; j < TILE_COLS; ++j) {
      const uint row = min(col0 + j, p.cols - 1);
      load_run(row, k);
      const vec2 so = factor(row * p.row_factors + k / p.block);
      [[unroll]] for (int q = 0; q < LANES; ++q) {
        const uint place = PER_UNIT > RUN ? k % PER_UNIT + q : q % PER_UNIT;
        const float value = so.x * float(code_at(TYPE, run[q / PER_UNIT], place)) + so.y;
        fb[q][j] = mix(0.0, value, k + q < p.depth);
      }
    }
    return;
  }
  const uint first = min(col0, p.cols - 1) / TILE_COLS * TILE_COLS;
  const uint block = first / p.block;
  [[unroll]] for (int q = 0; q < LANES; ++q) {
    const uint row = min(k0 + q, p.depth - 1);
    load_run(row, first);
    const vec2 so = mix(vec2(0.0), factor(row * p.row_factors + block), bvec2(k0 + q < p.depth));
    [[unroll]] for (int j = 0; j < TILE_COLS; ++j) {
      const uint place = PER_UNIT > RUN ? first % PER_UNIT + j : j % PER_UNIT;
      fb[q][j] = so.x * float(code_at(TYPE, run[j / PER_UNIT], place)) + so.y;
    }
  }
}

void main() {
  const uint tile_width = gl_WorkGroupSize.x * TILE_COLS;
  const uint col_tiles = (p.cols + tile_width - 1) / tile_width;
  const uint group = linear_group();
  const uint row0 = group / col_tiles * TILE_ROWS;
  if (row0 >= p.rows) return;
  const uint col0 = group % col_tiles * tile_width + gl_LocalInvocationID.x * TILE_COLS;

  clear_tile();
  // Tested at its end: CPU drivers run the body of any other loop once more, with no effect.
  uint k0 = 0;
  do {
    load_a(0, row0, k0);
    load_b(col0, k0);
    multiply_tile();
    k0 += LANES;
  } while (k0 < p.depth);

  [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) {
    [[unroll]] for (int j = 0; j < TILE_COLS; ++j) {
      const uint row = row0 + i, col = col0 + j;
      if (row < p.rows && col < p.cols) c[row * p.cols + col] = acc[i][j];
    }
  }
}
