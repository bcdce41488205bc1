#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   m[r] = max_c x[r,c]      s[r] = sum_c exp(x[r,c] - m[r])
//   y[r,c] = exp(x[r,c] - m[r]) / s[r]              LOG = false
//   y[r,c] = x[r,c] - m[r] - log(s[r])              LOG = true
//
// x, y: [rows, cols]. One team a row; the first pass keeps a running maximum and rescales its sum
// whenever the maximum grows, so x is read twice in all. CPU drivers are bound by the two exponentials an element:
// 55 to 60 % of the copy rate of lavapipe 22.3.
#include "../common/quads.glsl"
#include "../common/team.glsl"
#include "softmax_rows.h"

layout(constant_id = 3) const bool LOG = false;

layout(push_constant) uniform Push { SoftmaxRowsParams p; };
INPUT_QUADS(0, x)
OUTPUT_QUADS(1, y)

// -inf: raises no maximum and adds nothing to a sum of exponentials.
#define ABSENT uintBitsToFloat(0xFF800000u)
// Where the running maximum starts: finite, so that rows may hold -inf.
const float LOWEST = -3.402823466e38;

vec4 share(uint row, uint q, float top, float shift, float scale) {
  const vec4 v = load_x(row, q, p.cols, ABSENT) - top;
  return LOG ? v - shift : exp(v) * scale;
}

void main() {
  const uint row = min(team_row(), p.rows - 1u);
  const uint quads = quads_of(p.cols);
  float m = LOWEST, s = 0.0;
  uint q = team_lane();
  for (; q + 3u * TEAM < quads; q += 4u * TEAM) {
    vec4 v[4];
    for (uint i = 0u; i < 4u; ++i) v[i] = load_x(row, q + i * TEAM, p.cols, ABSENT);
    const float higher = max(m, quad_max(max(max(v[0], v[1]), max(v[2], v[3]))));
    for (uint i = 0u; i < 4u; ++i) v[i] = exp(v[i] - higher);
    s = s * exp(m - higher) + quad_sum((v[0] + v[1]) + (v[2] + v[3]));
    m = higher;
  }
  for (; q < quads; q += TEAM) {
    const vec4 v = load_x(row, q, p.cols, ABSENT);
    const float higher = max(m, quad_max(v));
    s = s * exp(m - higher) + quad_sum(exp(v - higher));
    m = higher;
  }
  const float top = team_max(m);
  s = team_sum(s * exp(m - top));
  if (team_row() >= p.rows) return;

  const float shift = LOG ? log(s) : 0.0, scale = 1.0 / s;
  for (q = team_lane(); q + 3u * TEAM < quads; q += 4u * TEAM) {
    vec4 v[4];
    for (uint i = 0u; i < 4u; ++i) v[i] = share(row, q + i * TEAM, top, shift, scale);
    for (uint i = 0u; i < 4u; ++i) store_y(row, q + i * TEAM, p.cols, v[i]);
  }
  for (; q < quads; q += TEAM) store_y(row, q, p.cols, share(row, q, top, shift, scale));
}
