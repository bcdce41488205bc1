#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   y[r, c] = s[r, b] q[r, c] + o[r, b],   b = c / block
//
// codes: packed rows of `pitch` words (f32 [rows, cols] for TYPE_F32)   factors: (s, o) [rows, blocks]
// y: f32 [rows, cols]
//
// One invocation makes 32 values of a row, all in one block; linear groups. The variant wide takes aligned rows only.
// It is bound by its stores, which cost lavapipe 22.3 four times as much as loads: 60 % of the copy rate, a copy
// writing only half of the bytes that it moves.
#include "../common/wide.glsl"
#include "../common/index.glsl"
#include "dequantize.h"
#include "quads.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint TYPE = TYPE_B1;
layout(constant_id = 2) const uint ALIGNED = 0u;  // cols is a multiple of 4
layout(constant_id = 3) const uint ODD = 0u;      // blocks begin anywhere, not at every 32nd column

layout(push_constant) uniform Push { DequantizeParams p; };
READ_WORDS(0, codes)
READ_FLOATS(1, factors)
layout(set = 0, binding = 2) writeonly buffer Y { QUAD y[]; };

const uint QUADS = 8u;  // of an invocation: 32 columns, which are whole words of every packed type

vec4 read_codes(uint row, uint k, uvec2 words) {
  if (TYPE != TYPE_F32) return unpack_quad(TYPE, words, quad_shift(TYPE, k));
#ifdef WIDE
  return uintBitsToFloat(codes_quad(row * (p.cols / 4u) + k));
#endif
  vec4 q = vec4(0.0);
  for (uint j = 0u; j < 4u; ++j) {
    if (4u * k + j < p.cols) q[j] = uintBitsToFloat(codes_at(row * p.cols + 4u * k + j));
  }
  return q;
}

// s and o of the four columns of quad k: those of the invocation's block, or each its own.
vec4 dequantized(uint row, uint k, vec2 f, vec4 q) {
  if (ODD == 0u) return f.x * q + f.y;
  vec4 v = vec4(0.0);
  for (uint j = 0u; j < 4u; ++j) {
    const vec2 own = factors_pair(row * p.blocks + min(4u * k + j, p.cols - 1u) / p.block);
    v[j] = own.x * q[j] + own.y;
  }
  return v;
}

void write_values(uint row, uint k, vec4 v) {
  if (ALIGNED != 0u) {
    y[row * (p.cols / 4u) + k] = quad_of(v);
    return;
  }
#ifndef WIDE
  for (uint j = 0u; j < 4u; ++j) {
    const uint i = row * p.cols + 4u * k + j;
    if (4u * k + j < p.cols) y[i >> 2][i & 3u] = v[j];
  }
#endif
}

void main() {
  const uint quads = (p.cols + 3u) / 4u, in_row = (quads + QUADS - 1u) / QUADS, index = linear_invocation();
  if (index >= p.rows * in_row) return;
  const uint row = index / in_row, first = (index - row * in_row) * QUADS;
  const vec2 f = factors_pair(row * p.blocks + 4u * first / p.block);
  const uint run = 8u / code_width(TYPE);  // quads in a word
#ifdef WIDE
  // Without a loop, which CPU drivers run masked; past the end of the row its last quad is written again.
  uvec2 words = uvec2(0);
  for (uint i = 0u; i < QUADS; ++i) {
    const uint k = min(first + i, quads - 1u), at = row * p.pitch + quad_word(TYPE, k);
    if (TYPE != TYPE_F32 && i % run == 0u) words = uvec2(codes_at(at), TYPE == TYPE_TERNARY ? codes_at(at + 1u) : 0u);
    write_values(row, k, dequantized(row, k, f, read_codes(row, k, words)));
  }
#else
  const uint end = min(first + QUADS, quads);
  for (uint start = first; start < end; start += run) {
    const uint at = row * p.pitch + quad_word(TYPE, start);
    uvec2 words = uvec2(0);
    if (TYPE != TYPE_F32) words = uvec2(codes_at(at), TYPE == TYPE_TERNARY ? codes_at(at + 1u) : 0u);
    const uint stop = min(start + run, end);
    for (uint k = start; k < stop; ++k) write_values(row, k, dequantized(row, k, f, read_codes(row, k, words)));
  }
#endif
}
