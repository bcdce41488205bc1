#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant texel    TEXEL=1
//
//   s[e] = x[i,k]   for each entry e = (i,k), 0 where k is no column
//
// x: f32 [rows][cols]; starts, columns: entries.glsl. baseline: one invocation an entry. texel, for
// CPU drivers: `lanes` invocations share a row, each takes every lanes-th run of four entries of it. They divide
// whole numbers lane by lane, which takes as long as a few loads. RUNS: such a run is a texel of x.
#include "../common/index.glsl"
#include "gather_entries.h"

layout(constant_id = 4) const bool RUNS = false;

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

// Columns of other formats are in the matrix, or else any value will do.
bool outside(uint column) { return FORMAT == FORMAT_BLOCKS && column >= p.f.cols; }

#ifndef TEXEL
void main() {
  const uint entry = linear_invocation();
  if (entry >= p.entries) return;
  const uint row = entry_row(entry), column = entry_column(row, entry);
  const float value = x[row * p.f.cols + min(column, p.f.cols - 1u)];
  s[entry] = outside(column) ? 0.0 : value;
}
#else
void main() {
  const uint id = linear_invocation(), row = id / p.lanes;
  if (row >= p.f.rows) return;
  const uint end = entry_end(row);
  uint first = entry_begin(row) + 4u * (id % p.lanes);
  if (first < end) do {
    vec4 value;
    if (RUNS) {
      const uint column = entry_column(row, first);
      value = texelFetch(x, int((row * p.f.cols + min(column, p.f.cols - 4u)) / 4u));
      if (outside(column)) value = vec4(0.0);
    } else {
      [[unroll]] for (uint i = 0u; i < 4u; ++i) {
        const uint column = entry_column(row, min(first + i, end - 1u));
        const float found = WORD(x, row * p.f.cols + min(column, p.f.cols - 1u));
        value[i] = outside(column) ? 0.0 : found;
      }
    }
    [[unroll]] for (uint i = 0u; i < 4u; ++i) {
      if (first + i < end) s[first + i] = value[i];
    }
    first += 4u * p.lanes;
  } while (first < end);
}
#endif
