#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant serial SERIAL=1
//! variant wide   SERIAL=1 WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   y[first + t] = sum over i in [s * segment, min((s + 1) * segment, counts[b])) of x_b[i], or of its square
//
// Task t is segment s of buffer b: those of buffer 0 come first, then those of buffer 1... x_0 to x_6: f32, of
// any length. The invocations of a work group of the baseline share one task: they take vectors of four in turn
// and are joined by a tree in shared memory. The serial variants, the best on CPU drivers, have one task an
// invocation. Sums are blocked as those of reduce_kinds.glsl. Launched with linear groups.
#include "../common/wide.glsl"
#include "../common/index.glsl"
#include "reduce_kinds.glsl"
#include "sum_of_all.h"

layout(local_size_x_id = 0) in;
#ifdef SERIAL
const uint LANES = 1u;
#else
layout(constant_id = 1) const uint LANES = 64u;  // the local size again, for the shared array
shared float partial[LANES];
#endif

layout(push_constant) uniform Push { SumOfAllParams p; };
READ_FLOATS(0, x0)
READ_FLOATS(1, x1)
READ_FLOATS(2, x2)
READ_FLOATS(3, x3)
READ_FLOATS(4, x4)
READ_FLOATS(5, x5)
READ_FLOATS(6, x6)
layout(set = 0, binding = 7) writeonly buffer Y { float y[]; };

vec4 summand_of(vec4 v, bool squared) { return squared ? v * v : v; }

// This lane's share of the sum over [begin, end); begin is a multiple of 4.
#define TOTAL(x_)                                                                             \
  float total_##x_(uint begin, uint end, uint lane, bool squared) {                           \
    const uint units = (end - begin) / 4u;                                                    \
    vec4 total = vec4(0.0);                                                                   \
    for (uint start = lane; start < units; start += LANES * BLOCK) {                          \
      const uint last = min(start + LANES * BLOCK, units);                                    \
      vec4 block = vec4(0.0);                                                                 \
      for (uint unit = start; unit < last; unit += LANES) {                                   \
        block += summand_of(x_##_quad(begin / 4u + unit), squared);                           \
      }                                                                                       \
      total += block;                                                                         \
    }                                                                                         \
    float rest = 0.0;                                                                         \
    for (uint i = begin + 4u * units + lane; i < end; i += LANES) {                           \
      rest += summand_of(vec4(x_##_at(i)), squared).x;                                        \
    }                                                                                         \
    return across(REDUCE_SUM, total) + rest;                                                  \
  }
TOTAL(x0)
TOTAL(x1)
TOTAL(x2)
TOTAL(x3)
TOTAL(x4)
TOTAL(x5)
TOTAL(x6)

void main() {
  const uint tasks = gl_WorkGroupSize.x / LANES;
  const uint lane = gl_LocalInvocationID.x % LANES;
  const uint first = linear_group() * tasks;  // of this group: all of its tasks read one buffer
  const uint task = first + gl_LocalInvocationID.x / LANES;
  uint buffer_index = 0u, before = 0u;
  for (uint i = 0u; i < 6u; ++i) {
    if (first >= p.ends[i]) {
      buffer_index = i + 1u;
      before = p.ends[i];
    }
  }
  const uint count = p.counts[buffer_index];
  const bool squared = (p.squared >> buffer_index & 1u) != 0u;
  const uint begin = (task - before) * p.segment;
  const uint end = min(begin + p.segment, count);
  float result = 0.0;
  if (begin < count) {
    if (buffer_index == 0u) result = total_x0(begin, end, lane, squared);
    else if (buffer_index == 1u) result = total_x1(begin, end, lane, squared);
    else if (buffer_index == 2u) result = total_x2(begin, end, lane, squared);
    else if (buffer_index == 3u) result = total_x3(begin, end, lane, squared);
    else if (buffer_index == 4u) result = total_x4(begin, end, lane, squared);
    else if (buffer_index == 5u) result = total_x5(begin, end, lane, squared);
    else result = total_x6(begin, end, lane, squared);
  }
#ifndef SERIAL
  partial[gl_LocalInvocationID.x] = result;
  for (uint half_lanes = LANES / 2u; half_lanes > 0u; half_lanes /= 2u) {
    barrier();
    if (lane < half_lanes) {
      result += partial[gl_LocalInvocationID.x + half_lanes];
      partial[gl_LocalInvocationID.x] = result;
    }
  }
#endif
  if (lane == 0u && task < p.written) y[p.first + task] = result;
}
