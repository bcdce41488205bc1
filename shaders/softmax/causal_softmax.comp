#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   n[r] = r mod queries + 1 + cols - queries                                  columns that row r sees
//   m[r] = max_{c < n} x[r,c]      s[r] = sum_{c < n} exp(scale (x[r,c] - m[r]))
//   y[r,c] = exp(scale (x[r,c] - m[r])) / s[r] for c < n, else 0               scale > 0
//
// x, y: matrices of [queries, cols], [rows, cols] in all. One team a row; x is read twice, and not where y is 0.
#include "../common/quads.glsl"
#include "../common/team.glsl"
#include "causal_softmax.h"

layout(push_constant) uniform Push { CausalSoftmaxParams p; };
INPUT_QUADS(0, x)
OUTPUT_QUADS(1, y)

const float LOWEST = -3.402823466e38;

bvec4 seen(uint q, uint n) { return lessThan(uvec4(4u * q) + uvec4(0u, 1u, 2u, 3u), uvec4(n)); }

void main() {
  const uint row = min(team_row(), p.rows - 1u);
  const uint n = row % p.queries + 1u + p.cols - p.queries;
  const uint quads = quads_of(p.cols), full = quads_of(n);
  float m = LOWEST, s = 0.0;
  for (uint q = team_lane(); q < full; q += TEAM) {
    const bvec4 in_sight = seen(q, n);
    const vec4 v = mix(vec4(LOWEST), load_x(row, q, p.cols, LOWEST), in_sight);
    const float higher = max(m, quad_max(v));
    s = s * exp(p.scale * (m - higher)) +
        quad_sum(mix(vec4(0.0), exp(p.scale * (v - higher)), in_sight));
    m = higher;
  }
  const float top = team_max(m);
  s = team_sum(s * exp(p.scale * (m - top)));
  if (team_row() >= p.rows) return;

  const float share = 1.0 / s;
  for (uint q = team_lane(); q < quads; q += TEAM) {
    vec4 v = vec4(0.0);
    if (q < full) {
      const vec4 e = exp(p.scale * (load_x(row, q, p.cols, LOWEST) - top)) * share;
      v = mix(vec4(0.0), e, seen(q, n));
    }
    store_y(row, q, p.cols, v);
  }
}
