#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   y[o, s, c] = REDUCE over r in [s * segment, min((s + 1) * segment, rows)) of x[o, r, c] / divisor
//
// x: outer x rows x inner, row-major. y: outer x segments x inner.
// One invocation takes one column, or four neighbours with VECTOR (inner a multiple of 4), and goes
// down the rows of a segment; neighbours take neighbours. Launched with linear groups.
// `wide` is for VECTOR; an invocation takes QUADS vectors, one work group apart, and a group one segment: CPUs read
// long pieces of rows, which lie far apart, faster than many short ones.
#include "../common/wide.glsl"
#include "../common/index.glsl"
#include "reduce_kinds.glsl"
#include "reduce_columns.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint KIND = 0u;
layout(constant_id = 2) const uint VECTOR = 1u;

layout(push_constant) uniform Push { ReduceColumnsParams p; };
READ_FLOATS(0, x)
layout(set = 0, binding = 1) writeonly buffer Y4 { QUAD y4[]; };
layout(set = 0, binding = 1) writeonly buffer Y { float y[]; };

#ifdef WIDE
const uint QUADS = 4u;  // of an invocation

void main() {
  const uint width = p.inner / 4u, pitch = gl_WorkGroupSize.x;
  const uint groups = (width + QUADS * pitch - 1u) / (QUADS * pitch);
  const uint part = linear_group() / groups;
  const uint first_column = linear_group() % groups * (QUADS * pitch) + gl_LocalInvocationID.x;
  const uint outer = part / p.segments;
  const uint begin = (part - outer * p.segments) * p.segment;
  const uint end = min(begin + p.segment, p.rows);
  vec4 total[QUADS], block[QUADS];
  uint columns[QUADS];
  for (uint i = 0u; i < QUADS; ++i) {
    columns[i] = min(first_column + i * pitch, width - 1u);
    total[i] = identity(KIND);
  }
  for (uint first = begin; first < end; first += BLOCK) {
    const uint last = min(first + BLOCK, end);
    for (uint i = 0u; i < QUADS; ++i) block[i] = identity(KIND);
    for (uint row = first; row < last; ++row) {
      const uint at = (outer * p.rows + row) * width;
      for (uint i = 0u; i < QUADS; ++i) block[i] = combine(KIND, block[i], x_quad(at + columns[i]));
    }
    for (uint i = 0u; i < QUADS; ++i) total[i] = combine(KIND, total[i], block[i]);
  }
  for (uint i = 0u; i < QUADS; ++i) {
    if (first_column + i * pitch < width) y4[part * width + columns[i]] = quad_of(total[i] / p.divisor);
  }
}
#else
void main() {
  const uint id = linear_invocation();
  if (id >= p.units) return;
  const uint width = VECTOR == 1u ? p.inner / 4u : p.inner;
  const uint column = id % width;
  const uint outer = id / width / p.segments;
  const uint begin = (id / width - outer * p.segments) * p.segment;
  const uint end = min(begin + p.segment, p.rows);
  const uint base = outer * p.rows * width + column;
  vec4 total = identity(KIND);
  for (uint first = begin; first < end; first += BLOCK) {
    const uint last = min(first + BLOCK, end);
    vec4 block = identity(KIND);
    for (uint row = first; row < last; ++row) {
      const uint at = base + row * width;
      block = combine(KIND, block, VECTOR == 1u ? x_quad(at) : vec4(x_at(at)));
    }
    total = combine(KIND, total, block);
  }
  if (VECTOR == 1u) {
    y4[id] = quad_of(total / p.divisor);
  } else {
    y[id] = total.x / p.divisor;
  }
}
#endif
