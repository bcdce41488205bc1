#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//
//   x[i,k] = s[e]   for each entry e = (i,k), the first of those that repeat a column
//
// x: f32 [rows][cols], zeros before; starts, columns: entries.glsl. One invocation an entry.
#include "../common/index.glsl"
#include "scatter_entries.h"

layout(push_constant) uniform Push { ScatterEntriesParams p; };
layout(set = 0, binding = 0) readonly buffer Starts { uint starts[]; };
layout(set = 0, binding = 1) readonly buffer Columns { uint columns[]; };
layout(set = 0, binding = 2) readonly buffer S { float s[]; };
layout(set = 0, binding = 3) writeonly buffer X { float x[]; };

#include "entries.glsl"

void main() {
  const uint entry = linear_invocation();
  if (entry >= p.entries) return;
  const uint row = entry_row(entry), column = min(entry_column(row, entry), p.f.cols - 1u);
  if (entry >= entry_end(row)) return;
  if (entry > entry_begin(row) && entry_column(row, entry - 1u) == column) return;
  x[row * p.f.cols + column] = s[entry];
}
