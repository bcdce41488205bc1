#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   to[r, c] = from[r, c]
//
// from: words [rows][cols]; to: [rows][cols in multiples of 4], what lies in the padding does not matter. So kernels
// that read texels find every row at the start of one.
//
// An invocation copies four quads of a row.
#define RUN_MAX 16
#include "../common/wide.glsl"
#include "../common/index.glsl"
#include "pad_rows.h"

layout(local_size_x_id = 0) in;

layout(push_constant) uniform Push { PadRowsParams p; };
READ_WORDS(0, from)
layout(set = 0, binding = 1) writeonly buffer To { QUAD to[]; };

const int QUADS = 4;

void main() {
  const uint quads = (p.cols + 3) / 4, runs = (quads + QUADS - 1) / QUADS;
  const uint index = linear_invocation();
  if (index >= p.rows * runs) return;
  const uint row = index / runs, quad = index % runs * QUADS;
  const uint start = row * p.cols + quad * 4;
#ifdef WIDE
  read_run(from_texels, false, start, 4 * QUADS, false, p.last);
#else
  float run[4 * QUADS];
  [[unroll]] for (int i = 0; i < 4 * QUADS; ++i) run[i] = uintBitsToFloat(from_at(min(start + i, p.rows * p.cols - 1)));
#endif
  [[unroll]] for (int q = 0; q < QUADS; ++q) {
    if (quad + q < quads)
      to[row * quads + quad + q] = quad_of(vec4(run[4 * q], run[4 * q + 1], run[4 * q + 2], run[4 * q + 3]));
  }
}
