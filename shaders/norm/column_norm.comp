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
// goes first, so that a large one costs no digits. One invocation a quad, or EIGHTS, and run of rows.
#include "../common/column_runs.glsl"
#include "column_norm.h"

layout(constant_id = 2) const bool HAS_SCALE = false;
layout(constant_id = 3) const bool HAS_SHIFT = false;
layout(constant_id = 4) const bool RELU = false;
layout(constant_id = 5) const bool EIGHTS = false;  // of the variant wide: 8 divides cols

layout(push_constant) uniform Push { ColumnNormParams p; };
INPUT_QUADS(0, x)
INPUT_QUADS(1, mean)
INPUT_QUADS(2, variance)
INPUT_QUADS(3, scale)
INPUT_QUADS(4, shift)
OUTPUT_QUADS(5, y)

struct Columns {
  vec4 mean;
  vec4 factor;
  vec4 offset;
};

Columns columns_of(uint quad) {
  Columns c;
  c.mean = load_mean(0u, quad, p.cols, 0.0);
  c.factor = inversesqrt(load_variance(0u, quad, p.cols, 1.0) + p.epsilon);
  if (HAS_SCALE) c.factor *= load_scale(0u, quad, p.cols, 0.0);
  c.offset = vec4(0.0);
  if (HAS_SHIFT) c.offset = load_shift(0u, quad, p.cols, 0.0);
  return c;
}

vec4 normed(Columns c, vec4 x) {
  const vec4 y = (x - c.mean) * c.factor + c.offset;
  return RELU ? max(y, vec4(0.0)) : y;
}

void main() {
#ifdef WIDE
  if (EIGHTS) {
    const ColumnRun run = column_run_of_eights(p.rows, p.cols, p.rows_each);
    if (run.first == run.last) return;
    const Columns c = columns_of(run.quad), d = columns_of(run.quad + 1u);
    for (uint r = run.first; r < run.last; ++r) {
      const vec4 x = load_x(r, run.quad, p.cols, 0.0), next = load_x(r, run.quad + 1u, p.cols, 0.0);
      store_two_y(r, run.quad, p.cols, normed(c, x), normed(d, next));
    }
    return;
  }
#endif
  const ColumnRun run = column_run(p.rows, p.cols, p.rows_each);
  if (run.first == run.last) return;
  const Columns c = columns_of(run.quad);
  for (uint r = run.first; r < run.last; ++r)
    store_y(r, run.quad, p.cols, normed(c, load_x(r, run.quad, p.cols, 0.0)));
}
