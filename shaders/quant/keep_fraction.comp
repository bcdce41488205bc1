#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   mask[r, c] = 1 where |x[r, c]| is above its scope's threshold, or equal to it and not after `last`
//
// x: f32 [rows, cols]   thresholds: per scope (bits of the threshold, -, -, last kept index) (keep.h)
// mask: b1, rows of `pitch` words. One invocation makes one word.
#include "../common/wide.glsl"
#include "../common/index.glsl"
#include "keep_fraction.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint ALIGNED = 0u;  // cols is a multiple of 4

layout(push_constant) uniform Push { KeepFractionParams p; };
READ_FLOATS(0, x)
READ_WORDS(1, thresholds)
layout(set = 0, binding = 2) writeonly buffer Mask { uint mask[]; };

// Magnitudes of the values i .. i+3, of which `count` are read.
uvec4 bits_of_quad(uint i, uint count) {
  if (ALIGNED != 0u) return floatBitsToUint(x_quad(i >> 2)) & 0x7FFFFFFFu;
  uvec4 bits = uvec4(0);
  for (uint j = 0u; j < min(count, 4u); ++j) {
    bits[j] = floatBitsToUint(x_at(i + j)) & 0x7FFFFFFFu;
  }
  return bits;
}

void main() {
  const uint index = linear_invocation();
  if (index >= p.rows * p.pitch) return;
  const uint row = index / p.pitch, column = index % p.pitch * 32u;
  uint word = 0u;
  if (column < p.cols) {
    const bool whole = p.blocks == 0u;
    const uvec2 threshold = thresholds_quad(whole ? 0u : row * p.blocks + column / p.block).xw;
    const uint first = row * p.cols + column, in_scope = whole ? first : column % p.block;
    const uint count = min(32u, p.cols - column);
    for (uint j = 0u; j < count; j += 4u) {
      const uvec4 bits = bits_of_quad(first + j, count - j), at = in_scope + j + uvec4(0, 1, 2, 3);
      for (uint i = 0u; i < 4u; ++i) {
        const bool above = bits[i] > threshold.x || (bits[i] == threshold.x && at[i] <= threshold.y);
        word |= uint(above && j + i < count) << (j + i);
      }
    }
  }
  mask[index] = word;
}
