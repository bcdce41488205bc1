#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   b[c] = 1 / sqrt(variance[c] + epsilon)     n[r,c] = (x[r,c] - mean[c]) b[c]
//   dx[r,c] = scale[c] b[c] (dy[r,c] - dshift[c] / rows - n[r,c] dscale[c] / rows)
//
// x, dy, dx: [rows, cols]; the others: [cols], scale not read unless HAS_SCALE; dscale and dshift are the
// sums of norm_column_sums. One invocation a quad and run of rows.
#include "../common/column_runs.glsl"
#include "column_norm_backward.h"

layout(constant_id = 2) const bool HAS_SCALE = false;

layout(push_constant) uniform Push { ColumnNormBackwardParams p; };
INPUT_QUADS(0, x)
INPUT_QUADS(1, dy)
INPUT_QUADS(2, mean)
INPUT_QUADS(3, variance)
INPUT_QUADS(4, scale)
INPUT_QUADS(5, dscale)
INPUT_QUADS(6, dshift)
OUTPUT_QUADS(7, dx)

void main() {
  const ColumnRun run = column_run(p.rows, p.cols, p.rows_each);
  if (run.first == run.last) return;
  const vec4 a = load_mean(0u, run.quad, p.cols, 0.0);
  const vec4 b = inversesqrt(load_variance(0u, run.quad, p.cols, 1.0) + p.epsilon);
  const vec4 slope = b * (load_dscale(0u, run.quad, p.cols, 0.0) / float(p.rows));
  const vec4 level = load_dshift(0u, run.quad, p.cols, 0.0) / float(p.rows);
  const vec4 gain = HAS_SCALE ? b * load_scale(0u, run.quad, p.cols, 0.0) : b;
  for (uint r = run.first; r < run.last; ++r) {
    const vec4 g = load_dy(r, run.quad, p.cols, 0.0), v = load_x(r, run.quad, p.cols, 0.0);
    store_dx(r, run.quad, p.cols, gain * (g - level - (v - a) * slope));
  }
}
