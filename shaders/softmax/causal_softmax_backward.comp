#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   n[r] = r mod queries + 1 + cols - queries                                  columns that row r sees
//   dx[r,c] = scale y[r,c] (dy[r,c] - sum_{c < n} y[r,c] dy[r,c]) for c < n, else 0
//
// y (the output of causal_softmax), dy, dx: [rows, cols]. One team a row; what a row does not see is not read.
#include "../common/quads.glsl"
#include "../common/team.glsl"
#include "causal_softmax.h"

layout(push_constant) uniform Push { CausalSoftmaxParams p; };
INPUT_QUADS(0, y)
INPUT_QUADS(1, dy)
OUTPUT_QUADS(2, dx)

vec4 seen_dy(uint row, uint q, uint n) {
  const bvec4 in_sight = lessThan(uvec4(4u * q) + uvec4(0u, 1u, 2u, 3u), uvec4(n));
  return mix(vec4(0.0), load_dy(row, q, p.cols, 0.0), in_sight);
}

void main() {
  const uint row = min(team_row(), p.rows - 1u);
  const uint n = row % p.queries + 1u + p.cols - p.queries;
  const uint quads = quads_of(p.cols), full = quads_of(n);
  float s = 0.0;
  for (uint q = team_lane(); q < full; q += TEAM)
    s += dot(load_y(row, q, p.cols, 0.0), seen_dy(row, q, n));
  s = team_sum(s);
  if (team_row() >= p.rows) return;

  for (uint q = team_lane(); q < quads; q += TEAM) {
    vec4 v = vec4(0.0);
    if (q < full) v = p.scale * load_y(row, q, p.cols, 0.0) * (seen_dy(row, q, n) - s);
    store_dx(row, q, p.cols, v);
  }
}
