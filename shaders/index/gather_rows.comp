#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//
//   y[i, c] = table[min(index[i], rows - 1), c]
//
// table: rows x width words; index: places; y: places x width.
// An invocation copies one word, or four with VECTOR (width a multiple of 4). Launched with linear
// groups.
#include "../common/index.glsl"
#include "gather_rows.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint VECTOR = 0u;

layout(push_constant) uniform Push { GatherRowsParams p; };
layout(set = 0, binding = 0) readonly buffer Table4 { uvec4 table4[]; };
layout(set = 0, binding = 0) readonly buffer Table { uint table[]; };
layout(set = 0, binding = 1) readonly buffer Index { uint index[]; };
layout(set = 0, binding = 2) writeonly buffer Y4 { uvec4 y4[]; };
layout(set = 0, binding = 2) writeonly buffer Y { uint y[]; };

void main() {
  const uint id = linear_invocation();
  if (id >= p.units) return;
  const uint width = VECTOR == 1u ? p.width / 4u : p.width;
  const uint place = id / width;
  const uint from = min(index[place], p.rows - 1u) * width + (id - place * width);
  if (VECTOR == 1u) {
    y4[id] = table4[from];
  } else {
    y[id] = table[from];
  }
}
