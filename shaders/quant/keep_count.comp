#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//
// One round of a radix selection: how many values of each scope that agree with what is known of the
// threshold (its higher digits) have the digit 0, 1, ... 15 at `shift`.
//
// x: f32 [rows, cols]   states: per scope (threshold bits, last index, still to keep, done)
// counts: u32 [scopes, chunks, 16]
//
// Invocation t of a scope counts its values t, t + chunks, ... in registers.
#include "../common/index.glsl"
#include "keep_count.h"

layout(local_size_x_id = 0) in;

layout(push_constant) uniform Push { KeepCountParams p; };
layout(set = 0, binding = 0) readonly buffer X { uint x[]; };
layout(set = 0, binding = 1) readonly buffer States { uvec4 states[]; };
layout(set = 0, binding = 2) writeonly buffer Counts { uvec4 counts[]; };

void main() {
  const uint index = linear_invocation();
  if (index >= p.rows * p.blocks * p.chunks) return;
  const uint scope = index / p.chunks, row = scope / p.blocks, first = scope % p.blocks * p.block;
  const uint n = min(p.block, p.cols - first), base = row * p.cols + first;
  uvec4 state = uvec4(0);
  if (p.start == 0u) state = states[scope];
  if (state.w != 0u) return;

  const uint above = p.start != 0u || p.shift >= 28u ? 0u : 0xFFFFFFFFu << (p.shift + 4u);
  uvec4 c0 = uvec4(0), c1 = uvec4(0), c2 = uvec4(0), c3 = uvec4(0);
  for (uint i = index % p.chunks; i < n; i += p.chunks) {
    const uint bits = x[base + i] & 0x7FFFFFFFu;
    const uint key = p.indices != 0u ? i : bits, known = p.indices != 0u ? state.y : state.x;
    const bool agrees = ((key ^ known) & above) == 0u && (p.indices == 0u || bits == state.x);
    const uvec4 digit = uvec4(agrees ? key >> p.shift & 15u : 16u);
    c0 += uvec4(equal(digit, uvec4(0, 1, 2, 3)));
    c1 += uvec4(equal(digit, uvec4(4, 5, 6, 7)));
    c2 += uvec4(equal(digit, uvec4(8, 9, 10, 11)));
    c3 += uvec4(equal(digit, uvec4(12, 13, 14, 15)));
  }
  counts[4u * index] = c0;
  counts[4u * index + 1u] = c1;
  counts[4u * index + 2u] = c2;
  counts[4u * index + 3u] = c3;
}
