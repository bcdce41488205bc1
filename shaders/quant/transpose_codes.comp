#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant texel TEXEL=1
//
//   to[c, r] = from[r, c]     of packed codes
//
// from: packed [rows][cols]; to: packed [cols][rows], padding 0 (core/bits.hpp). Any type; ternary codes are two
// planes of bits.
//
// An invocation takes one texel (four words) of as many rows as codes lie in a word, and transposes the four square
// blocks in registers: halves of words change places, then quarters, and so on.
//   texel  rows are read as texels.
#include "../common/index.glsl"
#include "../common/packed.glsl"
#include "transpose_codes.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint TYPE = 4;

layout(push_constant) uniform Push { TransposeCodesParams p; };
#ifdef TEXEL
#include "../common/texels.glsl"
UINT_TEXELS(0, from)
uvec4 from_texel(uint i) { return texelFetch(from, int(i)); }
#else
layout(set = 0, binding = 0) readonly buffer From { uvec4 from[]; };
uvec4 from_texel(uint i) { return from[i]; }
#endif
layout(set = 0, binding = 1) writeonly buffer To { uint to[]; };

const int WIDTH = TYPE == PACKED_I8 ? 8 : TYPE == PACKED_I4 ? 4 : TYPE == PACKED_I2 ? 2 : 1;
const int SIDE = 32 / WIDTH;  // of a block
const int PLANES = TYPE == PACKED_TERNARY ? 2 : 1;

uvec4 block[32];

void load_row(uint row, int i, uint quad) {
  block[i] = uvec4(0u);
  if (row < p.rows) block[i] = from_texel(row * p.from_quads + quad);
}

void load_eight(uint row0, int first, uint quad) {
  if (first >= SIDE) return;
  [[unroll]] for (int i = 0; i < 8; ++i)
    if (first + i < SIDE) load_row(row0 + first + i, first + i, quad);
}

// Codes `step` apart in row and column of the block change places across its diagonal. `mask`: the lower ones.
void swap(int step, uint mask) {
  if (step >= SIDE) return;
  [[unroll]] for (int n = 0; n < SIDE / 2; ++n) {
    const int i = n / step * 2 * step + n % step;
    const uvec4 differ = (block[i] >> (step * WIDTH) ^ block[i + step]) & mask;
    block[i + step] ^= differ;
    block[i] ^= differ << (step * WIDTH);
  }
}

// Bits 0 .. n - 1 of every 2 n.
uint lower_bits(int n) {
  return n == 16 ? 0xffffu : n == 8 ? 0xff00ffu : n == 4 ? 0xf0f0f0fu : n == 2 ? 0x33333333u : 0x55555555u;
}

void store_row(int i, uint quad, uint unit) {
  const uint pitch = p.to_units * PLANES;
  [[unroll]] for (int c = 0; c < 4; ++c) {
    const uint row = (quad * 4 + c) / PLANES * SIDE + i;
    if (row < p.cols) to[row * pitch + unit * PLANES + c % PLANES] = block[i][c];
  }
}

void store_eight(int first, uint quad, uint unit) {
  if (first >= SIDE) return;
  [[unroll]] for (int i = 0; i < 8; ++i)
    if (first + i < SIDE) store_row(first + i, quad, unit);
}

void main() {
  const uint index = linear_invocation();
  if (index >= p.to_units * p.from_quads) return;
  const uint unit = index / p.from_quads, quad = index % p.from_quads;
  load_eight(unit * SIDE, 0, quad);
  load_eight(unit * SIDE, 8, quad);
  load_eight(unit * SIDE, 16, quad);
  load_eight(unit * SIDE, 24, quad);
  swap(16, lower_bits(16 * WIDTH));
  swap(8, lower_bits(8 * WIDTH));
  swap(4, lower_bits(4 * WIDTH));
  swap(2, lower_bits(2 * WIDTH));
  swap(1, lower_bits(WIDTH));
  store_eight(0, quad, unit);
  store_eight(8, quad, unit);
  store_eight(16, quad, unit);
  store_eight(24, quad, unit);
}
