#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant texel    TEXEL=1
//
//   s[e] = x[i,k]   for each entry e = (i,k)
//
// x: f32 [rows][cols]; starts, columns: entries.glsl. baseline: one invocation an entry. texel, for
// CPU drivers: `lanes` invocations share a row, each takes every lanes-th run of four entries of it. They divide
// whole numbers lane by lane, which takes as long as a few loads.
#include "../common/index.glsl"
#include "gather_entries.h"

layout(push_constant) uniform Push { GatherEntriesParams p; };
#ifdef TEXEL
#include "../common/texels.glsl"
UINT_TEXELS(0, starts)
UINT_TEXELS(1, columns)
FLOAT_TEXELS(2, x)
#else
layout(set = 0, binding = 0) readonly buffer Starts { uint starts[]; };
layout(set = 0, binding = 1) readonly buffer Columns { uint columns[]; };
layout(set = 0, binding = 2) readonly buffer X { float x[]; };
#endif
layout(set = 0, binding = 3) writeonly buffer S { float s[]; };

#include "entries.glsl"

#ifndef TEXEL
void main() {
  const uint entry = linear_invocation();
  if (entry >= p.entries) return;
  const uint row = entry_row(entry);
  s[entry] = x[row * p.f.cols + min(entry_column(row, entry), p.f.cols - 1u)];
}
#else
void main() {
  const uint id = linear_invocation(), row = id / p.lanes;
  if (row >= p.f.rows) return;
  const uint end = entry_end(row);
  uint first = entry_begin(row) + 4u * (id % p.lanes);
  if (first < end) do {
    float value[4];
    [[unroll]] for (uint i = 0u; i < 4u; ++i) {
      const uint column = entry_column(row, min(first + i, end - 1u));
      value[i] = WORD(x, row * p.f.cols + min(column, p.f.cols - 1u));
    }
    [[unroll]] for (uint i = 0u; i < 4u; ++i) {
      if (first + i < end) s[first + i] = value[i];
    }
    first += 4u * p.lanes;
  } while (first < end);
}
#endif
