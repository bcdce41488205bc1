#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant serial SERIAL=1
//
//   y[r] = the smallest c with x[r, c] = max over c of x[r, c]
//
// x: rows x cols, row-major. y: rows.
// LANES neighbours share a row; each takes every LANES-th element, then a tree in shared memory. A
// work group holds LOCAL / LANES rows. The serial variant, the best on CPU drivers, has one lane a row.
// Launched with linear groups.
#include "../common/index.glsl"
#include "argmax_rows.h"

layout(local_size_x_id = 0) in;
#ifdef SERIAL
const uint LANES = 1u;
#else
layout(constant_id = 1) const uint LANES = 1u;
layout(constant_id = 2) const uint LOCAL = 64u;  // the local size again, for the shared arrays
#endif

layout(push_constant) uniform Push { ArgmaxRowsParams p; };
layout(set = 0, binding = 0) readonly buffer X { float x[]; };
layout(set = 0, binding = 1) writeonly buffer Y { uint y[]; };

#ifndef SERIAL
shared float values[LOCAL];
shared uint places[LOCAL];
#endif

void main() {
  const uint lane = gl_LocalInvocationID.x % LANES;
  const uint row = linear_group() * (gl_WorkGroupSize.x / LANES) + gl_LocalInvocationID.x / LANES;
  float best = uintBitsToFloat(0xff800000u);
  uint place = lane < p.cols ? lane : 0u;
  if (row < p.rows) {
    for (uint col = lane; col < p.cols; col += LANES) {
      const float value = x[row * p.cols + col];
      if (value > best) {
        best = value;
        place = col;
      }
    }
  }
#ifndef SERIAL
  values[gl_LocalInvocationID.x] = best;
  places[gl_LocalInvocationID.x] = place;
  for (uint half_lanes = LANES / 2u; half_lanes > 0u; half_lanes /= 2u) {
    barrier();
    if (lane < half_lanes) {
      const float other = values[gl_LocalInvocationID.x + half_lanes];
      const uint other_place = places[gl_LocalInvocationID.x + half_lanes];
      if (other > best || (other == best && other_place < place)) {
        best = other;
        place = other_place;
      }
      values[gl_LocalInvocationID.x] = best;
      places[gl_LocalInvocationID.x] = place;
    }
  }
#endif
  if (lane == 0u && row < p.rows) y[row] = place;
}
