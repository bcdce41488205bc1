#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   dx[r,c] = y[r,c] (dy[r,c] - sum_c y[r,c] dy[r,c])       LOG = false
//   dx[r,c] = dy[r,c] - exp(y[r,c]) sum_c dy[r,c]           LOG = true
//
// y (the output of softmax_rows), dy, dx: [rows, cols]. One team a row.
#include "../common/quads.glsl"
#include "../common/team.glsl"
#include "softmax_backward.h"

layout(constant_id = 3) const bool LOG = false;

layout(push_constant) uniform Push { SoftmaxBackwardParams p; };
INPUT_QUADS(0, y)
INPUT_QUADS(1, dy)
OUTPUT_QUADS(2, dx)

vec4 gradient(uint row, uint q, float s) {
  const vec4 v = load_y(row, q, p.cols, 0.0), g = load_dy(row, q, p.cols, 0.0);
  return LOG ? g - exp(v) * s : v * (g - s);
}

void main() {
  const uint row = min(team_row(), p.rows - 1u);
  const uint quads = quads_of(p.cols);
  float s = 0.0;
  for (uint q = team_lane(); q < quads; q += TEAM) {
    const vec4 g = load_dy(row, q, p.cols, 0.0);
    s += LOG ? quad_sum(g) : dot(load_y(row, q, p.cols, 0.0), g);
  }
  s = team_sum(s);
  if (team_row() >= p.rows) return;

  uint q = team_lane();
  for (; q + 3u * TEAM < quads; q += 4u * TEAM) {
    vec4 v[4];
    for (uint i = 0u; i < 4u; ++i) v[i] = gradient(row, q + i * TEAM, s);
    for (uint i = 0u; i < 4u; ++i) store_dx(row, q + i * TEAM, p.cols, v[i]);
  }
  for (; q < quads; q += TEAM) store_dx(row, q, p.cols, gradient(row, q, s));
}
