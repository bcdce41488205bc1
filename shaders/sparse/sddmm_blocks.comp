#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant texel    TEXEL=1
//
//   s[e] = sum_c a[i,c] b[k,c]   for each entry e = (i,k) of a matrix of dense blocks, 0 where k is no column
//
// a: f32 [rows][n], b: f32 [cols][n], both at least one column long; columns: u32 [rows of blocks][blocks in a row];
// s: f32 [rows][width].
//
// One invocation makes TILE_ROWS x TILE_COLS entries, which lie in one block: of four terms of the sums it reads as many rows
// as it has entries on both sides, for a product of each pair. Neighbours make the next tiles of a block.
//   texel  everything is read through texel buffers, for CPU drivers.
#ifdef TEXEL
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#endif
#include "../common/index.glsl"
#include "sddmm_blocks.h"

layout(constant_id = 1) const uint BLOCK_ROWS = 4u;
layout(constant_id = 2) const uint BLOCK_COLS = 4u;
layout(constant_id = 3) const int TILE_ROWS = 4;  // divides the rows of a block
layout(constant_id = 4) const int TILE_COLS = 4;  // divides its columns
layout(constant_id = 5) const bool WHOLE = true;  // n is a multiple of 4

layout(push_constant) uniform Push { SddmmBlocksParams p; };
#ifdef TEXEL
#include "../common/texels.glsl"
UINT_TEXELS(0, columns)
FLOAT_TEXELS(1, a)
FLOAT_TEXELS(2, b)
layout(set = 0, binding = 3) writeonly buffer S { float s[]; };
layout(set = 0, binding = 3) writeonly buffer S2 { uint64_t s2[]; };
#include "dense_quads.glsl"
#define WORD(buffer, index) word_of(texelFetch(buffer, int((index) / 4u)), (index) & 3u)
vec4 load_a(uint row, uint quad) { return DENSE_QUAD(a, p.rows, row, quad); }
vec4 load_b(uint row, uint quad) { return DENSE_QUAD(b, p.cols, row, quad); }
#else
layout(set = 0, binding = 0) readonly buffer Columns { uint columns[]; };
layout(set = 0, binding = 1) readonly buffer A { float a[]; };
layout(set = 0, binding = 1) readonly buffer A4 { vec4 a4[]; };
layout(set = 0, binding = 2) readonly buffer B { float b[]; };
layout(set = 0, binding = 2) readonly buffer B4 { vec4 b4[]; };
layout(set = 0, binding = 3) writeonly buffer S { float s[]; };
#define WORD(buffer, index) buffer[index]

vec4 load_a(uint row, uint quad) {
  if (WHOLE) return a4[row * (p.n / 4u) + quad];
  vec4 run;
  [[unroll]] for (int j = 0; j < 4; ++j) run[j] = a[row * p.n + min(4u * quad + j, p.n - 1u)];
  return run;
}

vec4 load_b(uint row, uint quad) {
  if (WHOLE) return b4[row * (p.n / 4u) + quad];
  vec4 run;
  [[unroll]] for (int j = 0; j < 4; ++j) run[j] = b[row * p.n + min(4u * quad + j, p.n - 1u)];
  return run;
}
#endif

float acc[TILE_ROWS][TILE_COLS];
vec4 left[TILE_ROWS];

// Row i of the tile.
void store(int i, uint at) {
#ifdef TEXEL
  if (TILE_COLS % 2 == 0) {  // and so are the columns of a block
    [[unroll]] for (int j = 0; j < TILE_COLS; j += 2) {
      s2[(at + j) / 2u] = packUint2x32(floatBitsToUint(vec2(acc[i][j], acc[i][min(j + 1, TILE_COLS - 1)])));
    }
    return;
  }
#endif
  [[unroll]] for (int j = 0; j < TILE_COLS; ++j) s[at + j] = acc[i][j];
}

void main() {
  const uint id = linear_invocation(), across = p.width / BLOCK_COLS;
  const uint tiles_across = BLOCK_COLS / TILE_COLS, tiles = BLOCK_ROWS / TILE_ROWS * tiles_across;
  const uint block = id / tiles, tile = id % tiles;
  if (block >= (p.rows + BLOCK_ROWS - 1u) / BLOCK_ROWS * across) return;
  const uint row = block / across * BLOCK_ROWS + tile / tiles_across * TILE_ROWS;
  const uint within = tile % tiles_across * TILE_COLS;
  const uint column = WORD(columns, block) * BLOCK_COLS + within;
  [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) {
    [[unroll]] for (int j = 0; j < TILE_COLS; ++j) acc[i][j] = 0.0;
  }

  // Tested at its end: CPU drivers run the body of any other loop once more, with no effect.
  uint c = 0u;
  do {
    [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) {
      left[i] = load_a(min(row + i, p.rows - 1u), c / 4u);
      if (!WHOLE) left[i] = mix(vec4(0.0), left[i], lessThan(c + uvec4(0u, 1u, 2u, 3u), uvec4(p.n)));
    }
    [[unroll]] for (int j = 0; j < TILE_COLS; ++j) {
      vec4 right = load_b(min(column + j, p.cols - 1u), c / 4u);
      if (!WHOLE) right = mix(vec4(0.0), right, lessThan(c + uvec4(0u, 1u, 2u, 3u), uvec4(p.n)));
      [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) {
        float sum = acc[i][j];
        [[unroll]] for (int q = 0; q < 4; ++q) sum += left[i][q] * right[q];
        acc[i][j] = sum;
      }
    }
    c += 4u;
  } while (c < p.n);

  [[unroll]] for (int j = 0; j < TILE_COLS; ++j) {
    [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) acc[i][j] = column + j < p.cols ? acc[i][j] : 0.0;
  }
  [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) {
    const uint at = (row + i) * p.width + block % across * BLOCK_COLS + within;
    if (row + i < p.rows) store(i, at);
  }
}
