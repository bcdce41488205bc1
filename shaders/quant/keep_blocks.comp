#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//
//   mask[r, c] = kept[r / height, c / width]
//
// kept: b1, rows of `across` words   mask: b1 [rows, cols], rows of `pitch` words. One invocation makes one word.
#include "../common/index.glsl"
#include "keep_blocks.h"

layout(local_size_x_id = 0) in;

layout(push_constant) uniform Push { KeepBlocksParams p; };
layout(set = 0, binding = 0) readonly buffer Kept { uint kept[]; };
layout(set = 0, binding = 1) writeonly buffer Mask { uint mask[]; };

void main() {
  const uint index = linear_invocation();
  if (index >= p.rows * p.pitch) return;
  const uint row = index / p.pitch, column = (index - row * p.pitch) * 32u;
  const uint base = row / p.height * p.across;
  uint word = 0u;
  if (column < p.cols) {
    const uint count = min(32u, p.cols - column);
    for (uint j = 0u; j < count; ++j) {
      const uint block = (column + j) / p.width;
      word |= (kept[base + (block >> 5)] >> (block & 31u) & 1u) << j;
    }
  }
  mask[index] = word;
}
