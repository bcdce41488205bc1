#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant texel    TEXEL=1
//
//   x[i,k] = s[e]   for each entry e = (i,k), the first of those that repeat a column, where k is a column
//
// x: f32 [rows][cols], what it holds elsewhere stays; starts, columns: entries.glsl. Invocations and RUNS as in
// gather_entries.comp.
#include "../common/index.glsl"
#include "scatter_entries.h"

layout(constant_id = 4) const bool RUNS = false;

layout(push_constant) uniform Push { ScatterEntriesParams p; };
#ifdef TEXEL
#include "../common/texels.glsl"
UINT_TEXELS(0, starts)
UINT_TEXELS(1, columns)
FLOAT_TEXELS(2, s)
#else
layout(set = 0, binding = 0) readonly buffer Starts { uint starts[]; };
layout(set = 0, binding = 1) readonly buffer Columns { uint columns[]; };
layout(set = 0, binding = 2) readonly buffer S { float s[]; };
#endif
layout(set = 0, binding = 3) writeonly buffer X { float x[]; };

#include "entries.glsl"

#ifndef TEXEL
void main() {
  const uint entry = linear_invocation();
  if (entry >= p.entries) return;
  const uint row = entry_row(entry), column = entry_column(row, entry);
  if (entry >= entry_end(row) || column >= p.f.cols) return;
  if (entry > entry_begin(row) && entry_column(row, entry - 1u) == column) return;
  x[row * p.f.cols + column] = s[entry];
}
#else
void main() {
  const uint id = linear_invocation(), row = id / p.lanes;
  if (row >= p.f.rows) return;
  const uint begin = entry_begin(row), end = entry_end(row);
  uint first = begin + 4u * (id % p.lanes);
  if (first < end) do {
    if (RUNS) {
      const uint column = entry_column(row, first);
      const vec4 value = texelFetch(s, int(first / 4u));
      if (column < p.f.cols) {
        [[unroll]] for (uint i = 0u; i < 4u; ++i) x[row * p.f.cols + column + i] = value[i];
      }
      first += 4u * p.lanes;
      continue;
    }
    uint before = first == begin ? ~0u : entry_column(row, first - min(first, 1u));
    [[unroll]] for (uint i = 0u; i < 4u; ++i) {
      const uint entry = min(first + i, end - 1u);
      const uint column = entry_column(row, entry);
      const float value = WORD(s, entry);
      if (first + i < end && column != before && column < p.f.cols) x[row * p.f.cols + column] = value;
      before = column;
    }
    first += 4u * p.lanes;
  } while (first < end);
}
#endif
