#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant serial SERIAL=1
//! variant wide   SERIAL=1 WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   y[r, s] = REDUCE over c in [s * segment, min((s + 1) * segment, cols)) of x[r, c]  / divisor
//
// x: rows x cols, row-major. y: rows x segments.
// LANES neighbours share one task (r, s) and take vectors of four in turn; a work group holds
// LOCAL / LANES tasks, and lanes are combined by a tree in shared memory. The serial variant, the best
// on CPU drivers, has one lane a task: no shared memory, no barrier; `wide` is that for VECTOR rows of whole
// vectors. VECTOR needs every row to start on
// a vector: cols a multiple of 4 or one row; segment is a multiple of 4. Launched with linear groups.
#include "../common/wide.glsl"
#include "../common/index.glsl"
#include "reduce_kinds.glsl"
#include "reduce_rows.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint KIND = 0u;
layout(constant_id = 2) const uint VECTOR = 1u;
#ifdef SERIAL
const uint LANES = 1u;
#else
layout(constant_id = 3) const uint LANES = 1u;
layout(constant_id = 4) const uint LOCAL = 64u;  // the local size again, for the shared array
#endif

layout(push_constant) uniform Push { ReduceRowsParams p; };
READ_FLOATS(0, x)
layout(set = 0, binding = 1) writeonly buffer Y { float y[]; };

#ifndef SERIAL
shared float partial[LOCAL];
#endif

// This lane's share of [begin, end).
float lane_total(uint begin, uint end, uint lane) {
#ifdef WIDE
  const uint width = 4u;
#else
  const uint width = VECTOR == 1u ? 4u : 1u;
#endif
  const uint units = (end - begin) / width;
  vec4 total = identity(KIND);
  for (uint first = lane; first < units; first += LANES * BLOCK) {
    const uint last = min(first + LANES * BLOCK, units);
    vec4 block = identity(KIND);
    for (uint unit = first; unit < last; unit += LANES) {
      if (width == 4u) {
        block = combine(KIND, block, summand(KIND, x_quad(begin / 4u + unit)));
      } else {
        block.x = combine(KIND, block, summand(KIND, vec4(x_at(begin + unit)))).x;
      }
    }
    total = combine(KIND, total, block);
  }
#ifndef WIDE
  const uint tail = begin + units * width + lane;
  if (tail < end) {
    for (uint at = tail; at < end; at += LANES) total.x = combine(KIND, total, summand(KIND, vec4(x_at(at)))).x;
  }
#endif
  return across(KIND, total);
}

void main() {
  const uint lane = gl_LocalInvocationID.x % LANES;
  const uint task = linear_group() * (gl_WorkGroupSize.x / LANES) + gl_LocalInvocationID.x / LANES;
  float result = identity(KIND).x;
  if (task < p.tasks) {
    const uint row = task / p.segments;
    const uint begin = (task - row * p.segments) * p.segment;
    const uint end = min(begin + p.segment, p.cols);
    result = lane_total(row * p.cols + begin, row * p.cols + end, lane);
  }
#ifndef SERIAL
  partial[gl_LocalInvocationID.x] = result;
  for (uint half_lanes = LANES / 2u; half_lanes > 0u; half_lanes /= 2u) {
    barrier();
    if (lane < half_lanes) {
      result = combine(KIND, vec4(result), vec4(partial[gl_LocalInvocationID.x + half_lanes])).x;
      partial[gl_LocalInvocationID.x] = result;
    }
  }
#endif
  if (lane == 0u && task < p.tasks) y[task] = result / p.divisor;
}
