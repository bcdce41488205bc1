#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   to[c, r] = from[r, c]     of packed codes
//
// from: packed [rows][cols]; to: packed [cols][rows], padding 0 (core/bits.hpp), or with BY_WORD the same words as
// [word][cols in multiples of 4], as shaders/matmul/lookup_ints.glsl reads them. Any type; ternary codes are two planes of bits.
//
// An invocation takes one word of as many rows as codes lie in a word, a square block, and transposes it in registers:
// halves of words change places, then quarters, and so on.
#include "../common/wide.glsl"
#include "../common/index.glsl"
#include "../common/packed.glsl"
#include "transpose_codes.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint TYPE = 4;
layout(constant_id = 2) const bool BY_WORD = false;

layout(push_constant) uniform Push { TransposeCodesParams p; };
READ_WORDS(0, from)
layout(set = 0, binding = 1) writeonly buffer To { uint to[]; };
layout(set = 0, binding = 1) writeonly buffer ToQuads { QUAD_WORDS to_quads[]; };

const int WIDTH = TYPE == PACKED_I8 ? 8 : TYPE == PACKED_I4 ? 4 : TYPE == PACKED_I2 ? 2 : 1;
const int SIDE = 32 / WIDTH;  // of a block
const int PLANES = TYPE == PACKED_TERNARY ? 2 : 1;

uint block[32];

void load_eight(uint row0, int first, uint word) {
  if (first >= SIDE) return;
  [[unroll]] for (int n = 0; n < 8; ++n) {
    if (first + n < SIDE) {
      const uint row = row0 + first + n;
      block[first + n] = mix(0u, from_at(min(row, p.rows - 1) * p.from_pitch + word), row < p.rows);
    }
  }
}

// Codes `step` apart in row and column of the block change places across its diagonal. `mask`: the lower ones.
void swap(int step, uint mask) {
  if (step >= SIDE) return;
  [[unroll]] for (int n = 0; n < SIDE / 2; ++n) {
    const int i = n / step * 2 * step + n % step;
    const uint differ = (block[i] >> (step * WIDTH) ^ block[i + step]) & mask;
    block[i + step] ^= differ;
    block[i] ^= differ << (step * WIDTH);
  }
}

// Bits 0 .. n - 1 of every 2 n.
uint lower_bits(int n) {
  return n == 16 ? 0xffffu : n == 8 ? 0xff00ffu : n == 4 ? 0xf0f0f0fu : n == 2 ? 0x33333333u : 0x55555555u;
}

void store_eight(int first, uint word, uint unit) {
  if (first >= SIDE) return;
  const uint col0 = word / PLANES * SIDE + first, to_word = unit * PLANES + word % PLANES;
  [[unroll]] for (int n = 0; n < 8; n += 4) {
    if (first + n >= SIDE || col0 + n >= p.cols) continue;
    const uvec4 four = uvec4(block[first + n], block[first + n + 1], block[first + n + 2], block[first + n + 3]);
    if (BY_WORD) to_quads[to_word * ((p.cols + 3) / 4) + (col0 + n) / 4] = quad_of_words(four);
    [[unroll]] for (int c = 0; c < 4; ++c)
      if (!BY_WORD && col0 + n + c < p.cols) to[(col0 + n + c) * p.to_pitch + to_word] = four[c];
  }
}

void main() {
  const uint index = linear_invocation();
  if (index >= p.to_units * p.from_words) return;
  // Neighbours load neighbours.
  const uint unit = index / p.from_words, word = index % p.from_words;
  load_eight(unit * SIDE, 0, word);
  load_eight(unit * SIDE, 8, word);
  load_eight(unit * SIDE, 16, word);
  load_eight(unit * SIDE, 24, word);
  swap(16, lower_bits(16 * WIDTH));
  swap(8, lower_bits(8 * WIDTH));
  swap(4, lower_bits(4 * WIDTH));
  swap(2, lower_bits(2 * WIDTH));
  swap(1, lower_bits(WIDTH));
  store_eight(0, word, unit);
  store_eight(8, word, unit);
  store_eight(16, word, unit);
  store_eight(24, word, unit);
}
