#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//
//   s[e] = x[i,k]   for each entry e = (i,k)
//
// x: f32 [rows][cols]; starts, columns: entries.glsl. One invocation an entry.
#include "../common/index.glsl"
#include "gather_entries.h"

layout(push_constant) uniform Push { GatherEntriesParams p; };
layout(set = 0, binding = 0) readonly buffer Starts { uint starts[]; };
layout(set = 0, binding = 1) readonly buffer Columns { uint columns[]; };
layout(set = 0, binding = 2) readonly buffer X { float x[]; };
layout(set = 0, binding = 3) writeonly buffer S { float s[]; };

#include "entries.glsl"

void main() {
  const uint entry = linear_invocation();
  if (entry >= p.entries) return;
  const uint row = entry_row(entry);
  s[entry] = x[row * p.f.cols + min(entry_column(row, entry), p.f.cols - 1u)];
}
