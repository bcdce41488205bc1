#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//
// The entries by column: entry e = (i,k) goes to slot column_starts[k] + counts[t][k] + the number of
// entries of column k that chunk t placed before.
//
// starts, columns: entries.glsl; column_starts: u32 [cols + 1]; counts: u32 [chunks][cols], used up;
// rows, places: u32, one an entry. One invocation a chunk.
#include "../common/index.glsl"
#include "turn_place.h"

layout(push_constant) uniform Push { TurnPlaceParams p; };
layout(set = 0, binding = 0) readonly buffer Starts { uint starts[]; };
layout(set = 0, binding = 1) readonly buffer Columns { uint columns[]; };
layout(set = 0, binding = 2) readonly buffer ColumnStarts { uint column_starts[]; };
layout(set = 0, binding = 3) buffer Counts { uint counts[]; };
layout(set = 0, binding = 4) writeonly buffer Rows { uint rows[]; };
layout(set = 0, binding = 5) writeonly buffer Places { uint places[]; };

#include "entries.glsl"

void main() {
  const uint chunk = linear_invocation();
  if (chunk >= p.chunks) return;
  const uint base = chunk * p.f.cols;
  const uint end_row = min((chunk + 1u) * p.rows_each, p.f.rows);
  for (uint row = chunk * p.rows_each; row < end_row; ++row) {
    const uint end = entry_end(row);
    for (uint e = entry_begin(row); e < end; ++e) {
      const uint column = min(entry_column(row, e), p.f.cols - 1u);
      const uint before = counts[base + column], slot = column_starts[column] + before;
      counts[base + column] = before + 1u;
      rows[slot] = row;
      places[slot] = e;
    }
  }
}
