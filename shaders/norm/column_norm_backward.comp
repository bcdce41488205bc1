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
// sums of norm_column_sums. One invocation a quad, or EIGHTS, and run of rows.
#include "../common/column_runs.glsl"
#include "column_norm_backward.h"

layout(constant_id = 2) const bool HAS_SCALE = false;
layout(constant_id = 3) const bool EIGHTS = false;  // of the variant wide: 8 divides cols

layout(push_constant) uniform Push { ColumnNormBackwardParams p; };
INPUT_QUADS(0, x)
INPUT_QUADS(1, dy)
INPUT_QUADS(2, mean)
INPUT_QUADS(3, variance)
INPUT_QUADS(4, scale)
INPUT_QUADS(5, dscale)
INPUT_QUADS(6, dshift)
OUTPUT_QUADS(7, dx)

struct Columns {
  vec4 mean;
  vec4 slope;
  vec4 level;
  vec4 gain;
};

Columns columns_of(uint quad) {
  const vec4 b = inversesqrt(load_variance(0u, quad, p.cols, 1.0) + p.epsilon);
  Columns c;
  c.mean = load_mean(0u, quad, p.cols, 0.0);
  c.slope = b * (load_dscale(0u, quad, p.cols, 0.0) / float(p.rows));
  c.level = load_dshift(0u, quad, p.cols, 0.0) / float(p.rows);
  c.gain = HAS_SCALE ? b * load_scale(0u, quad, p.cols, 0.0) : b;
  return c;
}

vec4 gradient_of(Columns c, vec4 g, vec4 v) { return c.gain * (g - c.level - (v - c.mean) * c.slope); }

void main() {
#ifdef WIDE
  if (EIGHTS) {
    const ColumnRun run = column_run_of_eights(p.rows, p.cols, p.rows_each);
    if (run.first == run.last) return;
    const Columns c = columns_of(run.quad), d = columns_of(run.quad + 1u);
    for (uint r = run.first; r < run.last; ++r) {
      const vec4 g = load_dy(r, run.quad, p.cols, 0.0), next_g = load_dy(r, run.quad + 1u, p.cols, 0.0);
      const vec4 v = load_x(r, run.quad, p.cols, 0.0), next_v = load_x(r, run.quad + 1u, p.cols, 0.0);
      store_two_dx(r, run.quad, p.cols, gradient_of(c, g, v), gradient_of(d, next_g, next_v));
    }
    return;
  }
#endif
  const ColumnRun run = column_run(p.rows, p.cols, p.rows_each);
  if (run.first == run.last) return;
  const Columns c = columns_of(run.quad);
  for (uint r = run.first; r < run.last; ++r) {
    const vec4 g = load_dy(r, run.quad, p.cols, 0.0), v = load_x(r, run.quad, p.cols, 0.0);
    store_dx(r, run.quad, p.cols, gradient_of(c, g, v));
  }
}
