#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   d[r,c] = x[r,c] - x[0,c]
//   mean[k,c] = mean of d[r,c], m2[k,c] = sum of (d[r,c] - mean[k,c])^2    over the rows r of run k
//
// or, WHOLE, with one run: mean[c] = mean_r x[r,c], m2[c] = mean_r (x[r,c] - mean[c])^2.
// x: [rows, cols]; mean, m2: [runs, cols]. One invocation a quad and run. It takes the moments of BLOCK rows
// at a time from the first of them,
//   sum of (d - mean d)^2 = sum of d^2 - (sum of d)^2 / n,    d = x[r,c] - x[first,c]
// and merges them into those before. The first row being one of the n, the left side is at least 1/n of the
// sum of d^2, however far off that row is: a digit is lost at worst. The rounding of the running mean is that of
// a small number, however large the mean of x, because the first row of x is taken off.
#include "../common/column_runs.glsl"
#include "column_moments.h"

layout(constant_id = 2) const bool WHOLE = false;

layout(push_constant) uniform Push { ColumnMomentsParams p; };
INPUT_QUADS(0, x)
OUTPUT_QUADS(1, mean)
OUTPUT_QUADS(2, m2)

const uint BLOCK = 16u;

void main() {
  const ColumnRun run = column_run(p.rows, p.cols, p.rows_each);
  if (run.first == run.last) return;
  const vec4 origin = load_x(0u, run.quad, p.cols, 0.0);
  vec4 mean = vec4(0.0), m2 = vec4(0.0);
  float n = 0.0;
  for (uint begin = run.first; begin < run.last; begin += BLOCK) {
    const uint end = min(begin + BLOCK, run.last);
    const vec4 first = load_x(begin, run.quad, p.cols, 0.0);
    vec4 sum = vec4(0.0), square_sum = vec4(0.0);
    for (uint r = begin + 1u; r < end; ++r) {
      const vec4 d = load_x(r, run.quad, p.cols, 0.0) - first;
      sum += d;
      square_sum += d * d;
    }
    // The merge of common/moments.glsl, four columns at once.
    const float length = float(end - begin);
    const vec4 rest = sum / length;
    const vec4 m2_here = max(square_sum - sum * rest, 0.0);
    const vec4 distance = ((first - origin) + rest) - mean;
    const float share = length / (n + length);
    mean += distance * share;
    m2 += m2_here + distance * distance * (n * share);
    n += length;
  }
  store_mean(run.run, run.quad, p.cols, WHOLE ? origin + mean : mean);
  store_m2(run.run, run.quad, p.cols, WHOLE ? m2 / float(p.rows) : m2);
}
