#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   dscale[k,c] = sum of dy[r,c] n[r,c], dshift[k,c] = sum of dy[r,c]      over the rows r of run k
//   n[r,c] = (x[r,c] - a) b
//
// ROW_STATS = true: (a, b) = stats[r] of row_norm. ROW_STATS = false: a = mean[c] and
// b = 1 / sqrt(variance[c] + epsilon), with `stats` the mean and `variance` beside it.
// x, dy: [rows, cols]; dscale, dshift: [runs, cols]. One invocation a quad and run.
#include "../common/column_runs.glsl"
#include "norm_column_sums.h"

layout(constant_id = 2) const bool ROW_STATS = false;

layout(push_constant) uniform Push { NormColumnSumsParams p; };
INPUT_QUADS(0, x)
INPUT_QUADS(1, dy)
INPUT_QUADS(2, mean)  // or stats
INPUT_QUADS(3, variance)
OUTPUT_QUADS(4, dscale)
OUTPUT_QUADS(5, dshift)

const uint BLOCK = 16u;

void main() {
  const ColumnRun run = column_run(p.rows, p.cols, p.rows_each);
  if (run.first == run.last) return;
  vec4 a = vec4(0.0), b = vec4(1.0);
  if (!ROW_STATS) {
    a = load_mean(0u, run.quad, p.cols, 0.0);
    b = inversesqrt(load_variance(0u, run.quad, p.cols, 1.0) + p.epsilon);
  }
  vec4 dyn_sum = vec4(0.0), dy_sum = vec4(0.0);
  // A few rows are added up before they join the sum: fewer roundings.
  for (uint begin = run.first; begin < run.last; begin += BLOCK) {
    const uint end = min(begin + BLOCK, run.last);
    vec4 dyn_here = vec4(0.0), dy_here = vec4(0.0);
    for (uint r = begin; r < end; ++r) {
      if (ROW_STATS) {
        const vec2 stat = mean_pair(r);
        a = vec4(stat.x);
        b = vec4(stat.y);
      }
      const vec4 g = load_dy(r, run.quad, p.cols, 0.0);
      dy_here += g;
      dyn_here += g * ((load_x(r, run.quad, p.cols, 0.0) - a) * b);
    }
    dy_sum += dy_here;
    dyn_sum += dyn_here;
  }
  store_dscale(run.run, run.quad, p.cols, dyn_sum);
  store_dshift(run.run, run.quad, p.cols, dy_sum);
}
