#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant serial SERIAL=1
//
//   start[r] = number of i with index[i] < r        (rows + 1 of them)
//   order[start[r] + k] = the k-th i, ascending, with index[i] = r
//
// with indices clamped to rows - 1. One row an invocation: it counts the smaller indices, then lists
// its own places in ascending order, so the result does not depend on timing. Each invocation reads
// all indices twice, and neighbours the same ones. Launched with linear groups.
// The serial variant is one invocation's counting sort, in time rows + places, which CPU drivers
// prefer; `start` serves as the counters. Launched as one group of one.
#include "../common/index.glsl"
#include "sort_places.h"

layout(local_size_x_id = 0) in;

layout(push_constant) uniform Push { SortPlacesParams p; };
layout(set = 0, binding = 0) readonly buffer Index { uint index[]; };
layout(set = 0, binding = 1) buffer Start { uint start[]; };
layout(set = 0, binding = 2) writeonly buffer Order { uint order[]; };

#ifdef SERIAL
void main() {
  for (uint row = 0u; row <= p.rows; ++row) start[row] = 0u;
  for (uint i = 0u; i < p.places; ++i) start[min(index[i], p.rows - 1u)] += 1u;
  uint total = 0u;
  for (uint row = 0u; row <= p.rows; ++row) {
    total += start[row];
    start[row] = total;  // where the row ends
  }
  // From the last place to the first, so that each counter comes down to its row's start.
  for (uint k = p.places; k > 0u; --k) {
    const uint row = min(index[k - 1u], p.rows - 1u);
    const uint at = start[row] - 1u;
    start[row] = at;
    order[at] = k - 1u;
  }
}
#else
void main() {
  const uint row = linear_invocation();
  if (row >= p.rows) return;
  uint at = 0u;
  for (uint i = 0u; i < p.places; ++i) at += min(index[i], p.rows - 1u) < row ? 1u : 0u;
  start[row] = at;
  if (row == 0u) start[p.rows] = p.places;
  for (uint i = 0u; i < p.places; ++i) {
    if (min(index[i], p.rows - 1u) == row) order[at++] = i;
  }
}
#endif
