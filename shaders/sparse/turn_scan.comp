#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//
//   x[i] becomes the sum of x[j] over j < i
//
// x: u32. One work group: each invocation adds up a run, then passes on the sums before it.
#include "../common/index.glsl"
#include "turn_scan.h"

layout(push_constant) uniform Push { TurnScanParams p; };
layout(set = 0, binding = 0) buffer X { uint x[]; };

shared uint sums[gl_WorkGroupSize.x];

void main() {
  const uint me = gl_LocalInvocationID.x;
  const uint each = (p.count + gl_WorkGroupSize.x - 1u) / gl_WorkGroupSize.x;
  const uint begin = min(me * each, p.count), end = min(begin + each, p.count);
  uint total = 0u;
  for (uint i = begin; i < end; ++i) total += x[i];
  sums[me] = total;
  barrier();
  total = 0u;
  for (uint i = 0u; i < me; ++i) total += sums[i];
  for (uint i = begin; i < end; ++i) {
    const uint own = x[i];
    x[i] = total;
    total += own;
  }
}
