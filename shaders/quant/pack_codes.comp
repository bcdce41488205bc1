#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//
// words[r, w] = the codes of row r that lie in word w, and 0 in the padding
//
// codes: i32 [rows, cols], in the range of TYPE   words: rows of `pitch` words
//
// One invocation makes one word (both planes of ternary have words of their own).
#include "../common/index.glsl"
#include "pack_codes.h"
#include "quads.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint TYPE = TYPE_B1;

layout(push_constant) uniform Push { PackCodesParams p; };
layout(set = 0, binding = 0) readonly buffer Codes { int codes[]; };
layout(set = 0, binding = 1) writeonly buffer Words { uint words[]; };

void main() {
  const uint index = linear_invocation();
  if (index >= p.rows * p.pitch) return;
  const uint row = index / p.pitch, word = index % p.pitch;
  const uint first = (TYPE == TYPE_TERNARY ? word / 2u : word) * (32u / code_width(TYPE));
  uint bits = 0u;
  for (uint k = first / 4u; k < first / 4u + 8u / code_width(TYPE); ++k) {
    vec4 quad = vec4(TYPE == TYPE_S1 ? 1.0 : 0.0);
    for (uint j = 0u; j < 4u; ++j) {
      if (4u * k + j < p.cols) quad[j] = float(codes[row * p.cols + 4u * k + j]);
    }
    const uvec2 piece = pack_quad(TYPE, quad) << quad_shift(TYPE, k);
    bits |= TYPE == TYPE_TERNARY && word % 2u == 1u ? piece.y : piece.x;
  }
  words[index] = bits;
}
