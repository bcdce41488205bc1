#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   CENTRED = true    a[r] = mean_c x[r,c]    v[r] = mean_c (x[r,c] - a[r])^2        (layer norm)
//   CENTRED = false   a[r] = 0                v[r] = mean_c x[r,c]^2                 (rms norm)
//   y[r,c] = (x[r,c] - a[r]) b[r] scale[c] + shift[c]     b[r] = 1 / sqrt(v[r] + epsilon)
//   stats[r] = (a[r], b[r])
//
// x, y: [rows, cols]; scale, shift: [cols], not read unless HAS_SCALE, HAS_SHIFT. One team a row; x is
// read twice. A centred row is measured from its first element: the rounding of a running mean is then
// that of a small number, however large the row's mean.
#include "../common/quads.glsl"
#include "../common/moments.glsl"
#include "../common/team.glsl"
#include "row_norm.h"

layout(constant_id = 3) const bool CENTRED = true;
layout(constant_id = 4) const bool HAS_SCALE = false;
layout(constant_id = 5) const bool HAS_SHIFT = false;

layout(push_constant) uniform Push { RowNormParams p; };
INPUT_QUADS(0, x)
INPUT_QUADS(1, scale)
INPUT_QUADS(2, shift)
OUTPUT_QUADS(3, y)
layout(set = 0, binding = 4) writeonly buffer Stats { vec2 stats[]; };

shared vec3 team_moments[gl_WorkGroupSize.x];

Moments join_moments(Moments own) {
  if (TEAM == 1u) return own;
  const uint at = gl_LocalInvocationID.x, lane = team_lane();
  team_moments[at] = vec3(own.n, own.mean, own.m2);
  barrier();
  for (uint span = TEAM / 2u; span > 0u; span /= 2u) {
    if (lane < span) {
      const vec3 a = team_moments[at], b = team_moments[at + span];
      const Moments both = merge(Moments(a.x, a.y, a.z), Moments(b.x, b.y, b.z));
      team_moments[at] = vec3(both.n, both.mean, both.m2);
    }
    barrier();
  }
  const vec3 joined = team_moments[at - lane];
  return Moments(joined.x, joined.y, joined.z);
}

vec4 normalized(uint row, uint q, float origin, float a, float b) {
  vec4 v = ((load_x(row, q, p.cols, origin) - origin) - a) * b;
  if (HAS_SCALE) v *= load_scale(0u, q, p.cols, 0.0);
  if (HAS_SHIFT) v += load_shift(0u, q, p.cols, 0.0);
  return v;
}

void main() {
  const uint row = min(team_row(), p.rows - 1u);
  const uint quads = quads_of(p.cols);
  const float origin = CENTRED ? x_at(row * p.cols) : 0.0;
  float a = 0.0, square_sum = 0.0;
  if (CENTRED) {
    Moments m = Moments(0.0, 0.0, 0.0);
    uint q = team_lane();
    for (; q + 3u * TEAM < p.cols / 4u; q += 4u * TEAM) {  // whole quads only
      m = merge(m, moments_of(load_x(row, q, p.cols, origin) - origin,
                              load_x(row, q + TEAM, p.cols, origin) - origin,
                              load_x(row, q + 2u * TEAM, p.cols, origin) - origin,
                              load_x(row, q + 3u * TEAM, p.cols, origin) - origin));
    }
    for (; q < quads; q += TEAM)
      m = merge(m, moments_of(load_x(row, q, p.cols, origin) - origin, quad_length(q, p.cols)));
    m = join_moments(m);
    a = m.mean;  // from the origin
    square_sum = m.m2;
  } else {
    for (uint q = team_lane(); q < quads; q += TEAM) {
      const vec4 v = load_x(row, q, p.cols, 0.0);
      square_sum += dot(v, v);
    }
    square_sum = team_sum(square_sum);
  }
  if (team_row() >= p.rows) return;

  const float b = inversesqrt(square_sum / float(p.cols) + p.epsilon);
  uint q = team_lane();
  for (; q + 3u * TEAM < quads; q += 4u * TEAM) {
    vec4 v[4];
    for (uint i = 0u; i < 4u; ++i) v[i] = normalized(row, q + i * TEAM, origin, a, b);
    for (uint i = 0u; i < 4u; ++i) store_y(row, q + i * TEAM, p.cols, v[i]);
  }
  for (; q < quads; q += TEAM) store_y(row, q, p.cols, normalized(row, q, origin, a, b));
  if (team_lane() == 0u) stats[row] = vec2(origin + a, b);
}
