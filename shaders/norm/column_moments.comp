#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//
//   d[r,c] = x[r,c] - x[0,c]
//   mean[k,c] = mean of d[r,c], m2[k,c] = sum of (d[r,c] - mean[k,c])^2    over the rows r of run k
//
// or, WHOLE, with one run: mean[c] = mean_r x[r,c], m2[c] = mean_r (x[r,c] - mean[c])^2.
// x: [rows, cols]; mean, m2: [runs, cols]. One invocation a quad and run; it holds eight rows at a time
// in registers, takes their moments and merges them into those before. The rounding of the running mean is
// that of a small number, however large the mean of x, because the first row is taken off.
#include "../common/column_runs.glsl"
#include "column_moments.h"


layout(constant_id = 2) const bool WHOLE = false;

layout(push_constant) uniform Push { ColumnMomentsParams p; };
INPUT_QUADS(0, X, x, X4, x4, load_x)
OUTPUT_QUADS(1, Mean, means, Mean4, means4, store_mean)
OUTPUT_QUADS(2, M2, m2s, M24, m2s4, store_m2)

void main() {
  const ColumnRun run = column_run(p.rows, p.cols, p.rows_each);
  if (run.first == run.last) return;
  const vec4 origin = load_x(0u, run.quad, p.cols, 0.0);
  vec4 mean = vec4(0.0), m2 = vec4(0.0);
  float n = 0.0;
  for (uint r = run.first; r < run.last; r += 8u) {
    const uint length = min(8u, run.last - r);
    vec4 v[8];
    for (uint i = 0u; i < 8u; ++i)
      v[i] = load_x(min(r + i, run.last - 1u), run.quad, p.cols, 0.0) - origin;
    vec4 from_first = vec4(0.0);
    for (uint i = 1u; i < 8u; ++i) from_first += i < length ? v[i] - v[0] : vec4(0.0);
    const vec4 mean_here = v[0] + from_first / float(length);
    vec4 m2_here = vec4(0.0);
    for (uint i = 0u; i < 8u; ++i) {
      const vec4 centred = v[i] - mean_here;
      m2_here += i < length ? centred * centred : vec4(0.0);
    }
    // The merge of common/moments.glsl, four columns at once.
    const vec4 distance = mean_here - mean;
    const float share = float(length) / (n + float(length));
    mean += distance * share;
    m2 += m2_here + distance * distance * (n * share);
    n += float(length);
  }
  store_mean(run.run, run.quad, p.cols, WHOLE ? origin + mean : mean);
  store_m2(run.run, run.quad, p.cols, WHOLE ? m2 / float(p.rows) : m2);
}
