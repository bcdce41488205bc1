#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//
// codes[r, c] = code c of packed row r
//
// words: rows of `pitch` words of TYPE   codes: i32 [rows, cols]
//
// One invocation makes one code.
#include "../common/index.glsl"
#include "quads.glsl"
#include "unpack_codes.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint TYPE = TYPE_B1;

layout(push_constant) uniform Push { UnpackCodesParams p; };
layout(set = 0, binding = 0) readonly buffer Words { uint words[]; };
layout(set = 0, binding = 1) writeonly buffer Codes { int codes[]; };

void main() {
  const uint index = linear_invocation();
  if (index >= p.rows * p.cols) return;
  const uint row = index / p.cols, col = index % p.cols, k = col / 4u;
  const uint at = row * p.pitch + quad_word(TYPE, k);
  const uvec2 bits = uvec2(words[at], TYPE == TYPE_TERNARY ? words[at + 1u] : 0u);
  codes[index] = int(unpack_quad(TYPE, bits, quad_shift(TYPE, k))[col & 3u]);
}
