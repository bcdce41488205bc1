#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant texel    TEXEL=1
//
//   s[e] = sum_c a[i,c] b[k,c]   for each entry e = (i,k)
//
// a: f32 [rows][n], b: f32 [cols][n], s: f32 one an entry; starts, columns: entries.glsl.
//
// baseline: one invocation an entry. texel, for CPU drivers: `lanes` invocations share a row, each makes every
// lanes-th run of four entries of it, so that a texel of a serves for four of b. Everything is read through texel
// buffers; no lane needs another, so nothing is added up across lanes.
#include "../common/index.glsl"
#include "sddmm.h"

layout(constant_id = 4) const bool WHOLE = true;  // texel: n is a multiple of 4

layout(push_constant) uniform Push { SddmmParams p; };
#ifdef TEXEL
#include "../common/texels.glsl"
UINT_TEXELS(0, starts)
UINT_TEXELS(1, columns)
FLOAT_TEXELS(2, a)
FLOAT_TEXELS(3, b)
#else
layout(set = 0, binding = 0) readonly buffer Starts { uint starts[]; };
layout(set = 0, binding = 1) readonly buffer Columns { uint columns[]; };
layout(set = 0, binding = 2) readonly buffer A { float a[]; };
layout(set = 0, binding = 3) readonly buffer B { float b[]; };
layout(set = 0, binding = 2) readonly buffer A4 { vec4 a4[]; };
layout(set = 0, binding = 3) readonly buffer B4 { vec4 b4[]; };
#endif
layout(set = 0, binding = 4) writeonly buffer S { float s[]; };

#include "entries.glsl"

#ifndef TEXEL
void main() {
  const uint entry = linear_invocation();
  if (entry >= p.entries) return;
  const uint row = entry_row(entry), a0 = row * p.n;
  const uint b0 = min(entry_column(row, entry), p.f.cols - 1u) * p.n;
  float sum = 0.0;
  if (p.n % 4u == 0u) {
    for (uint c = 0u; c < p.n; c += 4u) sum += dot(a4[(a0 + c) / 4u], b4[(b0 + c) / 4u]);
  } else {
    for (uint c = 0u; c < p.n; ++c) sum += a[a0 + c] * b[b0 + c];
  }
  s[entry] = sum;
}
#else
#include "dense_quads.glsl"

void main() {
  const uint id = linear_invocation(), row = id / p.lanes;
  if (row >= p.f.rows) return;
  const uint end = entry_end(row);
  uint first = entry_begin(row) + 4u * (id % p.lanes);
  // Loops are tested at their ends: CPU drivers run the body of any other once more, with no effect.
  if (first < end) do {
    uvec4 k;
    [[unroll]] for (uint i = 0u; i < 4u; ++i) {
      k[i] = min(entry_column(row, min(first + i, end - 1u)), p.f.cols - 1u);
    }
    vec4 sum[4] = vec4[](vec4(0.0), vec4(0.0), vec4(0.0), vec4(0.0));
    uint c = 0u;
    do {
      const bvec4 inside = lessThan(c + uvec4(0u, 1u, 2u, 3u), uvec4(p.n));
      const vec4 value = DENSE_QUAD(a, p.f.rows, row, c / 4u);
      [[unroll]] for (uint i = 0u; i < 4u; ++i) {
        const vec4 term = value * DENSE_QUAD(b, p.f.cols, k[i], c / 4u);
        sum[i] += WHOLE ? term : mix(vec4(0.0), term, inside);
      }
      c += 4u;
    } while (c < p.n);
    [[unroll]] for (uint i = 0u; i < 4u; ++i) {
      if (first + i < end) s[first + i] = dot(sum[i], vec4(1.0));
    }
    first += 4u * p.lanes;
  } while (first < end);
}
#endif
