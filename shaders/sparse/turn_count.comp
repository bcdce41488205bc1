#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//
//   counts[t][k] = number of entries of column k in rows t rows_each to (t + 1) rows_each
//
// starts, columns: entries.glsl; counts: u32 [chunks][cols]. One invocation a chunk.
#include "../common/index.glsl"
#include "turn_count.h"

layout(push_constant) uniform Push { TurnCountParams p; };
layout(set = 0, binding = 0) readonly buffer Starts { uint starts[]; };
layout(set = 0, binding = 1) readonly buffer Columns { uint columns[]; };
layout(set = 0, binding = 2) buffer Counts { uint counts[]; };

#include "entries.glsl"

void main() {
  const uint chunk = linear_invocation();
  if (chunk >= p.chunks) return;
  const uint base = chunk * p.f.cols;
  for (uint k = 0u; k < p.f.cols; ++k) counts[base + k] = 0u;
  const uint end_row = min((chunk + 1u) * p.rows_each, p.f.rows);
  for (uint row = chunk * p.rows_each; row < end_row; ++row) {
    const uint end = entry_end(row);
    for (uint e = entry_begin(row); e < end; ++e) {
      counts[base + min(entry_column(row, e), p.f.cols - 1u)] += 1u;
    }
  }
}
