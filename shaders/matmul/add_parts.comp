#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide WIDE=1 TEXEL=1
//! needs GL_ARB_gpu_shader_int64
//
//   y[i,j] = epilogue(part[0][i,j] + part[1][i,j] + ...)     common/epilogue.glsl
//
// The sums of a product that were made in parts along its reduction, always added in this order. part: f32
// [parts][m][n], y: f32 [m][n]. An invocation makes four neighbouring columns; the variant `wide` is for rows of whole
// quads.
#include "../common/wide.glsl"
#include "../common/index.glsl"
#include "add_parts.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const bool WHOLE = false;  // rows are whole quads

layout(push_constant) uniform Push { AddPartsParams p; };
READ_FLOATS(0, part)
layout(set = 0, binding = 4) writeonly buffer Y { float y[]; };
layout(set = 0, binding = 4) writeonly buffer Y4 { QUAD y4[]; };

#define EPILOGUE_ID 2
#define EPILOGUE_BINDING 1
#define EPILOGUE_QUADS true
#include "../common/epilogue.glsl"

void main() {
  const uint quads = (p.cols + 3u) / 4u, index = linear_invocation();
  if (index >= p.rows * quads) return;
  const uint line = index / quads, col = index % quads * 4u;
  const uvec4 cols = col + uvec4(0, 1, 2, 3), inside = min(cols, uvec4(p.cols - 1u));
  vec4 sum = vec4(0.0);
  for (uint s = 0u; s < p.parts; ++s) {
    const uint first = (s * p.rows + line) * p.cols;
    if (WHOLE) {
      sum += part_quad((first + col) / 4u);
    } else {
      const uvec4 at = first + inside;
      sum += vec4(part_at(at.x), part_at(at.y), part_at(at.z), part_at(at.w));
    }
  }
  const vec4 four = epilogue(sum, line, cols);
  if (WHOLE) {
    y4[(line * p.cols + col) / 4u] = quad_of(four);
    return;
  }
#ifndef WIDE
  [[unroll]] for (int q = 0; q < 4; ++q)
    if (cols[q] < p.cols) y[line * p.cols + cols[q]] = four[q];
#endif
}
