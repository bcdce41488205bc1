#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//
//   y[r, c] = s[r, b] q[r, c] + o[r, b],   b = c / block
//
// codes: packed rows of `pitch` words (f32 [rows, cols] for TYPE_F32)   factors: (s, o) [rows, blocks]
// y: f32 [rows, cols]
//
// One invocation makes four values of a row; linear groups.
#include "../common/index.glsl"
#include "dequantize.h"
#include "quads.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint TYPE = TYPE_B1;
layout(constant_id = 2) const uint ALIGNED = 0u;  // cols is a multiple of 4

layout(push_constant) uniform Push { DequantizeParams p; };
layout(set = 0, binding = 0) readonly buffer Codes { uint codes[]; };
layout(set = 0, binding = 1) readonly buffer Factors { vec2 factors[]; };
layout(set = 0, binding = 2) writeonly buffer Y { vec4 y[]; };

vec4 read_codes(uint row, uint k) {
  if (TYPE == TYPE_F32) {
    vec4 q = vec4(0.0);
    for (uint j = 0u; j < 4u; ++j) {
      if (4u * k + j < p.cols) q[j] = uintBitsToFloat(codes[row * p.cols + 4u * k + j]);
    }
    return q;
  }
  const uint at = row * p.pitch + quad_word(TYPE, k);
  return unpack_quad(TYPE, uvec2(codes[at], TYPE == TYPE_TERNARY ? codes[at + 1u] : 0u), quad_shift(TYPE, k));
}

void main() {
  const uint in_row = (p.cols + 3u) / 4u, index = linear_invocation();
  if (index >= p.rows * in_row) return;
  const uint row = index / in_row, k = index % in_row;
  const vec2 f = factors[row * p.blocks + 4u * k / p.block];
  const vec4 v = f.x * read_codes(row, k) + f.y;
  if (ALIGNED != 0u) {
    y[index] = v;
    return;
  }
  for (uint j = 0u; j < 4u; ++j) {
    const uint i = row * p.cols + 4u * k + j;
    if (4u * k + j < p.cols) y[i >> 2][i & 3u] = v[j];
  }
}
