#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   mean[c] = mean_r x[r,c]      variance[c] = mean_r (x[r,c] - mean[c])^2
//
// from the moments means, m2s [runs, cols] of column_moments around the first row of x [rows, cols], merged
// in ascending order of the runs. One invocation a quad.
#include "../common/quads.glsl"
#include "../common/index.glsl"
#include "column_moments_merge.h"

layout(push_constant) uniform Push { ColumnMomentsMergeParams p; };
INPUT_QUADS(0, x)
INPUT_QUADS(1, means)
INPUT_QUADS(2, m2s)
OUTPUT_QUADS(3, mean)
OUTPUT_QUADS(4, variance)

void main() {
  const uint quad = linear_invocation();
  if (quad >= quads_of(p.cols)) return;
  vec4 a = load_means(0u, quad, p.cols, 0.0), m2 = load_m2s(0u, quad, p.cols, 0.0);
  float n = float(min(p.rows_each, p.rows));
  for (uint k = 1u; k < p.runs; ++k) {
    const float length = float(min(p.rows_each, p.rows - k * p.rows_each));
    const vec4 distance = load_means(k, quad, p.cols, 0.0) - a;
    const float share = length / (n + length);
    a += distance * share;
    m2 += load_m2s(k, quad, p.cols, 0.0) + distance * distance * (n * share);
    n += length;
  }
  store_mean(0u, quad, p.cols, load_x(0u, quad, p.cols, 0.0) + a);
  store_variance(0u, quad, p.cols, m2 / float(p.rows));
}
