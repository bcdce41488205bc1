#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   y[r, c] = sum over k in [start[r], start[r + 1]) of x[order[k], c]
//
// x: places x width; start, order: of sort_places; y: rows x width.
// An invocation makes one element, or four with VECTOR (width a multiple of 4). Sums are blocked as in
// the reductions. The variant `wide` is for VECTOR. Launched with linear groups.
#include "../common/wide.glsl"
#include "../common/index.glsl"
#include "add_rows.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint VECTOR = 0u;

const uint BLOCK = 32u;

layout(push_constant) uniform Push { AddRowsParams p; };
READ_FLOATS(0, x)
READ_WORDS(1, start)
READ_WORDS(2, order)
layout(set = 0, binding = 3) writeonly buffer Y4 { QUAD y4[]; };
layout(set = 0, binding = 3) writeonly buffer Y { float y[]; };

void main() {
  const uint id = linear_invocation();
  if (id >= p.units) return;
  const uint width = VECTOR == 1u ? p.width / 4u : p.width;
  const uint row = id / width;
  const uint column = id - row * width;
  const uint end = start_at(row + 1u);
  vec4 total = vec4(0.0);
  for (uint first = start_at(row); first < end; first += BLOCK) {
    const uint last = min(first + BLOCK, end);
    vec4 block = vec4(0.0);
    for (uint k = first; k < last; ++k) {
      const uint at = order_at(k) * width + column;
      block += VECTOR == 1u ? x_quad(at) : vec4(x_at(at));
    }
    total += block;
  }
  if (VECTOR == 1u) {
    y4[id] = quad_of(total);
  } else {
    y[id] = total.x;
  }
}
