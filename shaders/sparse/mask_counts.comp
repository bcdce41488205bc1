#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//
//   counts[i] = number of columns k with mask[i,k] = 1, counts[rows] = 0
//
// mask: b1 [rows][pitch words]. One invocation a row.
#include "../common/index.glsl"
#include "mask_counts.h"

layout(push_constant) uniform Push { MaskCountsParams p; };
layout(set = 0, binding = 0) readonly buffer Mask { uint mask[]; };
layout(set = 0, binding = 1) writeonly buffer Counts { uint counts[]; };

void main() {
  const uint row = linear_invocation();
  if (row > p.rows) return;
  uint count = 0u;
  for (uint i = 0u; row < p.rows && i < (p.cols + 31u) / 32u; ++i) {
    count += bitCount(mask[row * p.pitch + i]);
  }
  counts[row] = count;
}
