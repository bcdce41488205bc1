#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//
//   mask[r, c] = 1 where |x[r, c]| is above its scope's threshold, or equal to it and not after `last`
//
// x: f32 [rows, cols]   thresholds: per scope (bits of the threshold, -, -, last kept index) (keep.h)
// mask: b1, rows of `pitch` words. One invocation makes one word.
#include "../common/index.glsl"
#include "keep_fraction.h"

layout(local_size_x_id = 0) in;

layout(push_constant) uniform Push { KeepFractionParams p; };
layout(set = 0, binding = 0) readonly buffer X { uint x[]; };
layout(set = 0, binding = 1) readonly buffer Thresholds { uvec4 thresholds[]; };
layout(set = 0, binding = 2) writeonly buffer Mask { uint mask[]; };

void main() {
  const uint index = linear_invocation();
  if (index >= p.rows * p.pitch) return;
  const uint row = index / p.pitch, column = index % p.pitch * 32u;
  uint word = 0u;
  if (column < p.cols) {
    const bool whole = p.blocks == 0u;
    const uvec2 threshold = thresholds[whole ? 0u : row * p.blocks + column / p.block].xw;
    const uint first = row * p.cols + column, in_scope = whole ? first : column % p.block;
    const uint count = min(32u, p.cols - column);
    for (uint j = 0u; j < count; ++j) {
      const uint bits = x[first + j] & 0x7FFFFFFFu;
      const bool keep = bits > threshold.x || (bits == threshold.x && in_scope + j <= threshold.y);
      word |= uint(keep) << j;
    }
  }
  mask[index] = word;
}
