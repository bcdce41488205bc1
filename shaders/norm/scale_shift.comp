#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   y[r,c] = x[r,c] scale[c] + shift[c]       the product rounded, then the sum
//
// x, y: [rows, cols]; scale, shift: [cols]. `precise`: never one fused operation, so that a kernel which
// applies the same scale and shift after its own work leaves the same bits. One invocation a quad and run.
#include "../common/column_runs.glsl"
#include "scale_shift.h"

layout(push_constant) uniform Push { ScaleShiftParams p; };
INPUT_QUADS(0, x)
INPUT_QUADS(1, scale)
INPUT_QUADS(2, shift)
OUTPUT_QUADS(3, y)

void main() {
  const ColumnRun run = column_run(p.rows, p.cols, p.rows_each);
  if (run.first == run.last) return;
  const vec4 factor = load_scale(0u, run.quad, p.cols, 0.0);
  const vec4 offset = load_shift(0u, run.quad, p.cols, 0.0);
  for (uint r = run.first; r < run.last; ++r) {
    precise vec4 v = load_x(r, run.quad, p.cols, 0.0) * factor;
    v = v + offset;
    store_y(r, run.quad, p.cols, v);
  }
}
