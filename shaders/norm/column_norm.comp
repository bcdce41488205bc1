#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   y[r,c] = (x[r,c] - mean[c]) scale[c] / sqrt(variance[c] + epsilon) + shift[c], with RELU at least 0
//
// x, y: [rows, cols]; the others: [cols], scale and shift not read unless HAS_SCALE, HAS_SHIFT. The mean
// goes first, so that a large one costs no digits. One invocation a quad and run of rows.
#include "../common/column_runs.glsl"
#include "column_norm.h"

layout(constant_id = 2) const bool HAS_SCALE = false;
layout(constant_id = 3) const bool HAS_SHIFT = false;
layout(constant_id = 4) const bool RELU = false;

layout(push_constant) uniform Push { ColumnNormParams p; };
INPUT_QUADS(0, x)
INPUT_QUADS(1, mean)
INPUT_QUADS(2, variance)
INPUT_QUADS(3, scale)
INPUT_QUADS(4, shift)
OUTPUT_QUADS(5, y)

void main() {
  const ColumnRun run = column_run(p.rows, p.cols, p.rows_each);
  if (run.first == run.last) return;
  const vec4 a = load_mean(0u, run.quad, p.cols, 0.0);
  vec4 b = inversesqrt(load_variance(0u, run.quad, p.cols, 1.0) + p.epsilon), d = vec4(0.0);
  if (HAS_SCALE) b *= load_scale(0u, run.quad, p.cols, 0.0);
  if (HAS_SHIFT) d = load_shift(0u, run.quad, p.cols, 0.0);
  for (uint r = run.first; r < run.last; ++r) {
    const vec4 y = (load_x(r, run.quad, p.cols, 0.0) - a) * b + d;
    store_y(r, run.quad, p.cols, RELU ? max(y, vec4(0.0)) : y);
  }
}
