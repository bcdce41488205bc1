#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   n[r,c] = (x[r,c] - a[r]) b[r]     g[r,c] = dy[r,c] scale[c]
//   dx[r,c] = b[r] (g[r,c] - mean_c g[r,c] - n[r,c] mean_c (g[r,c] n[r,c]))
//
// without the mean of g where CENTRED is false. x, dy, dx: [rows, cols]; scale: [cols], not read unless
// HAS_SCALE; stats: (a, b) of row_norm. One team a row.
#include "../common/quads.glsl"
#include "../common/team.glsl"
#include "row_norm_backward.h"

layout(constant_id = 3) const bool CENTRED = true;
layout(constant_id = 4) const bool HAS_SCALE = false;

layout(push_constant) uniform Push { RowNormBackwardParams p; };
INPUT_QUADS(0, x)
INPUT_QUADS(1, dy)
INPUT_QUADS(2, scale)
READ_FLOATS(3, stats)
OUTPUT_QUADS(4, dx)

vec4 load_g(uint row, uint q) {
  const vec4 g = load_dy(row, q, p.cols, 0.0);
  return HAS_SCALE ? g * load_scale(0u, q, p.cols, 0.0) : g;
}

vec4 gradient(uint row, uint q, vec2 stat, float g_mean, float gn_mean) {
  const vec4 n = (load_x(row, q, p.cols, stat.x) - stat.x) * stat.y;
  return stat.y * (load_g(row, q) - g_mean - n * gn_mean);
}

void main() {
  const uint row = min(team_row(), p.rows - 1u);
  const uint quads = quads_of(p.cols);
  const vec2 stat = stats_pair(row);
  float g_sum = 0.0, gn_sum = 0.0;
  for (uint q = team_lane(); q < quads; q += TEAM) {
    const vec4 g = load_g(row, q);
    g_sum += quad_sum(g);
    gn_sum += dot(g, (load_x(row, q, p.cols, stat.x) - stat.x) * stat.y);
  }
  const float g_mean = CENTRED ? team_sum(g_sum) / float(p.cols) : 0.0;
  const float gn_mean = team_sum(gn_sum) / float(p.cols);
  if (team_row() >= p.rows) return;

  uint q = team_lane();
  for (; q + 3u * TEAM < quads; q += 4u * TEAM) {
    vec4 v[4];
    for (uint i = 0u; i < 4u; ++i) v[i] = gradient(row, q + i * TEAM, stat, g_mean, gn_mean);
    for (uint i = 0u; i < 4u; ++i) store_dx(row, q + i * TEAM, p.cols, v[i]);
  }
  for (; q < quads; q += TEAM) store_dx(row, q, p.cols, gradient(row, q, stat, g_mean, gn_mean));
}
