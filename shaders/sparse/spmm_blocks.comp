#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant texel    TEXEL=1
//
//   y[i,c] = sum over the entries (i,k,v) of row i of v x[k,c];   TRANSPOSED: y[k,c] = sum over those of column k of v x[i,c]
//
// of a matrix of dense blocks (core/sparse.hpp, BlocksMatrix). x: f32 [cols][n], y: f32 [rows][n], TRANSPOSED the other
// way round; columns: u32 [rows of blocks][blocks in a row]; values: [rows][width], scales: entry_values.glsl. TRANSPOSED:
// starts, block_rows and places of the blocks by column. Entries outside of the matrix do not count.
//
// One invocation makes TILE rows of y, which lie in one block, in QUADS runs of four columns; neighbours make the next runs.
// A step multiplies STEP rows of x, which lie in one block too, by the values that the tile has for them: one index, QUADS
// STEP runs of x and, where rows of blocks are whole runs, TILE STEP / 4 of values for 4 QUADS TILE STEP multiply-adds.
//   texel  everything is read through texel buffers, for CPU drivers.
#ifdef TEXEL
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#endif
#include "../common/index.glsl"
#include "spmm_blocks.h"

layout(constant_id = 1) const bool TRANSPOSED = false;
layout(constant_id = 2) const uint BLOCK_ROWS = 4u;
layout(constant_id = 3) const uint BLOCK_COLS = 4u;
// 4: VALUES, entry_values.glsl
layout(constant_id = 5) const int TILE = 4;   // divides the rows of a block; TRANSPOSED its columns
layout(constant_id = 6) const int QUADS = 1;
layout(constant_id = 7) const int STEP = 4;   // at most 4; divides the columns of a block; TRANSPOSED its rows
// Runs of four values: 4 divides the columns of a block and STEP or, TRANSPOSED, TILE is a multiple of 4.
layout(constant_id = 8) const bool VALUE_RUNS = true;
layout(constant_id = 9) const bool CUT = false;    // blocks reach out of the matrix on the side that is summed over
layout(constant_id = 10) const bool WHOLE = true;  // n is a multiple of 4
layout(constant_id = 11) const bool EVEN = true;   // n is even
const uint FORMAT = FORMAT_BLOCKS;

layout(push_constant) uniform Push { SpmmBlocksParams p; };
#ifdef TEXEL
#include "../common/texels.glsl"
UINT_TEXELS(0, starts)
UINT_TEXELS(1, columns)
UINT_TEXELS(2, places)
UINT_TEXELS(3, values)
FLOAT_TEXELS(4, scales)
FLOAT_TEXELS(5, x)
layout(set = 0, binding = 6) writeonly buffer Y { float y[]; };
layout(set = 0, binding = 6) writeonly buffer Y2 { uint64_t y2[]; };
#define WORD(buffer, index) word_of(texelFetch(buffer, int((index) / 4u)), (index) & 3u)
#define PAIR(buffer, index) half_texel(texelFetch(buffer, int((index) / 2u)), (index) & 1u)
#define TEXEL_OF(buffer, index) texelFetch(buffer, int(index))
#include "dense_quads.glsl"
vec4 load_x(uint row, uint rows, uint quad) { return DENSE_QUAD(x, rows, row, quad); }

void store(uint row, uint quad, vec4 value) {
  const uint c = 4u * quad, at = row * p.n + c;
  if (EVEN) {
    const uvec4 bits = floatBitsToUint(value);
    if (c < p.n) y2[at / 2u] = packUint2x32(bits.xy);
    if (c + 2u < p.n) y2[at / 2u + 1u] = packUint2x32(bits.zw);
    return;
  }
  [[unroll]] for (int j = 0; j < 4; ++j) {
    if (c + j < p.n) y[at + j] = value[j];
  }
}
#else
layout(set = 0, binding = 0) readonly buffer Starts { uint starts[]; };
layout(set = 0, binding = 1) readonly buffer Columns { uint columns[]; };
layout(set = 0, binding = 2) readonly buffer Places { uint places[]; };
layout(set = 0, binding = 3) readonly buffer Values { uint values[]; };
layout(set = 0, binding = 3) readonly buffer Values2 { uvec2 values2[]; };
layout(set = 0, binding = 3) readonly buffer Values4 { uvec4 values4[]; };
layout(set = 0, binding = 4) readonly buffer Scales { float scales[]; };
layout(set = 0, binding = 5) readonly buffer X { float x[]; };
layout(set = 0, binding = 5) readonly buffer X4 { vec4 x4[]; };
layout(set = 0, binding = 6) writeonly buffer Y { float y[]; };
layout(set = 0, binding = 6) writeonly buffer Y4 { vec4 y4[]; };
#define WORD(buffer, index) buffer[index]
#define PAIR(buffer, index) buffer##2[index]
#define TEXEL_OF(buffer, index) buffer##4[index]

// Columns past the end repeat the last one.
vec4 load_x(uint row, uint rows, uint quad) {
  if (WHOLE) return x4[row * (p.n / 4u) + quad];
  vec4 run;
  [[unroll]] for (int j = 0; j < 4; ++j) run[j] = x[row * p.n + min(4u * quad + j, p.n - 1u)];
  return run;
}

void store(uint row, uint quad, vec4 value) {
  const uint c = 4u * quad;
  if (WHOLE) {
    if (c < p.n) y4[row * (p.n / 4u) + quad] = value;
    return;
  }
  [[unroll]] for (int j = 0; j < 4; ++j) {
    if (c + j < p.n) y[row * p.n + c + j] = value[j];
  }
}
#endif
#include "entry_values.glsl"
#include "value_runs.glsl"

vec4 acc[TILE][QUADS];
float factor[STEP][TILE];
vec4 dense[STEP][QUADS];

// All steps of one sum before the next, so that it is fetched and put back once.
void multiply() {
  [[unroll]] for (int t = 0; t < TILE; ++t) {
    [[unroll]] for (int q = 0; q < QUADS; ++q) {
      vec4 sum = acc[t][q];
      [[unroll]] for (int s = 0; s < STEP; ++s) sum += factor[s][t] * dense[s][q];
      acc[t][q] = sum;
    }
  }
}

// factor[s][t] = the value in row row0 + t, place at + s of that row, but for row_scale().
void load_rows(uint row0, uint at, uint k) {
  [[unroll]] for (int t = 0; t < TILE; ++t) {
    const uint row = min(row0 + t, p.f.rows - 1u);
    if (VALUE_RUNS) {
      const vec4 run = value_run(row, at);
      [[unroll]] for (int s = 0; s < STEP; ++s) factor[s][t] = run[s];
    } else {
      [[unroll]] for (int s = 0; s < STEP; ++s) factor[s][t] = value_of(row, at + s);
    }
    if (CUT) {
      [[unroll]] for (int s = 0; s < STEP; ++s) factor[s][t] = k + s < p.f.cols ? factor[s][t] : 0.0;
    }
  }
}

// factor[s][t] = the value in row row0 + s, place at + t of that row.
void load_columns(uint row0, uint at) {
  [[unroll]] for (int s = 0; s < STEP; ++s) {
    const uint row = min(row0 + s, p.f.rows - 1u);
    const float scale = row_scale(row);
    if (VALUE_RUNS) {
      [[unroll]] for (int t = 0; t < TILE; t += 4) {
        const vec4 run = scale * value_run(row, at + t);
        [[unroll]] for (int j = 0; j < 4; ++j) factor[s][min(t + j, TILE - 1)] = run[j];
      }
    } else {
      [[unroll]] for (int t = 0; t < TILE; ++t) factor[s][t] = scale * value_of(row, at + t);
    }
    if (CUT) {
      [[unroll]] for (int t = 0; t < TILE; ++t) factor[s][t] = row0 + s < p.f.rows ? factor[s][t] : 0.0;
    }
  }
}

void main() {
  const uint height = TRANSPOSED ? BLOCK_COLS : BLOCK_ROWS, made = TRANSPOSED ? p.f.cols : p.f.rows;
  const uint summed = TRANSPOSED ? p.f.rows : p.f.cols;
  const uint quads = (p.n + 3u) / 4u, runs = (quads + QUADS - 1u) / QUADS, id = linear_invocation();
  const uint run = id % runs, tile = id / runs, tiles = height / TILE;
  const uint block = tile / tiles, inner = tile % tiles * TILE, first = block * height + inner;
  if (block >= (made + height - 1u) / height) return;
  [[unroll]] for (int t = 0; t < TILE; ++t) {
    [[unroll]] for (int q = 0; q < QUADS; ++q) acc[t][q] = vec4(0.0);
  }

  // Steps of a block, and through all blocks: one loop, tested at its end.
  const uint each = TRANSPOSED ? BLOCK_ROWS / STEP : BLOCK_COLS / STEP, across = p.f.width / BLOCK_COLS;
  const uint begin = TRANSPOSED ? WORD(starts, block) : block * across;
  const uint end = TRANSPOSED ? WORD(starts, block + 1u) : begin + across;
  uint step = begin * each;
  if (step < end * each) do {
    const uint b = step / each, within = step % each * STEP;
    uint k;  // first row of x
    if (TRANSPOSED) {
      k = WORD(columns, b) * BLOCK_ROWS + within;
      load_columns(k, WORD(places, b) % across * BLOCK_COLS + inner);
    } else {
      k = WORD(columns, b) * BLOCK_COLS + within;
      load_rows(first, (b - begin) * BLOCK_COLS + within, k);
    }
    [[unroll]] for (int s = 0; s < STEP; ++s) {
      [[unroll]] for (int q = 0; q < QUADS; ++q) {
        dense[s][q] = load_x(min(k + s, summed - 1u), summed, min(run + q * runs, quads - 1u));
      }
    }
    multiply();
    step += 1u;
  } while (step < end * each);

  [[unroll]] for (int t = 0; t < TILE; ++t) {
    const float scale = TRANSPOSED ? 1.0 : row_scale(min(first + t, p.f.rows - 1u));
    [[unroll]] for (int q = 0; q < QUADS; ++q) {
      if (first + t < made) store(first + t, run + q * runs, scale * acc[t][q]);
    }
  }
}
