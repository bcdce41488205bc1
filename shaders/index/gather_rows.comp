#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   y[i, c] = table[min(index[i], rows - 1), c]
//
// table: rows x width words; index: places; y: places x width.
// An invocation copies one word, or four with VECTOR (width a multiple of 4). The variant `wide` is for VECTOR; its
// invocations copy four vectors of a row (the last of a row some of them twice), because the division that tells the
// row is done lane by lane there. Launched with linear groups.
#include "../common/wide.glsl"
#include "../common/index.glsl"
#include "gather_rows.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint VECTOR = 0u;

layout(push_constant) uniform Push { GatherRowsParams p; };
READ_WORDS(0, table)
READ_WORDS(1, index)
layout(set = 0, binding = 2) writeonly buffer Y4 { QUAD_WORDS y4[]; };
layout(set = 0, binding = 2) writeonly buffer Y { uint y[]; };

#ifdef WIDE
void main() {
  const uint id = linear_invocation();
  if (id >= p.units) return;
  const uint width = p.width / 4u, runs = (width + 3u) / 4u;
  const uint place = id / runs;
  const uint from = min(index_at(place), p.rows - 1u) * width;
  for (uint i = 0u; i < 4u; ++i) {
    const uint column = min(4u * (id - place * runs) + i, width - 1u);
    y4[place * width + column] = quad_of_words(table_quad(from + column));
  }
}
#else
void main() {
  const uint id = linear_invocation();
  if (id >= p.units) return;
  const uint width = VECTOR == 1u ? p.width / 4u : p.width;
  const uint place = id / width;
  const uint from = min(index_at(place), p.rows - 1u) * width + (id - place * width);
  if (VECTOR == 1u) {
    y4[id] = quad_of_words(table_quad(from));
  } else {
    y[id] = table_at(from);
  }
}
#endif
