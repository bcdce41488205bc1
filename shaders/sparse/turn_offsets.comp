#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//
//   counts[t][k] becomes the sum of counts[u][k] over u < t;   starts[k] = that sum over all chunks
//
// counts: u32 [chunks][cols]; starts: u32 [cols + 1], the last of them 0. One invocation a column.
#include "../common/index.glsl"
#include "turn_offsets.h"

layout(push_constant) uniform Push { TurnOffsetsParams p; };
layout(set = 0, binding = 0) buffer Counts { uint counts[]; };
layout(set = 0, binding = 1) writeonly buffer Starts { uint starts[]; };

void main() {
  const uint column = linear_invocation();
  if (column > p.cols) return;
  uint total = 0u;
  for (uint chunk = 0u; column < p.cols && chunk < p.chunks; ++chunk) {
    const uint at = chunk * p.cols + column, count = counts[at];
    counts[at] = total;
    total += count;
  }
  starts[column] = total;
}
