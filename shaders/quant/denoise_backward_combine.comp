#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//
// Joins the Sums that denoise_backward left of each row of a group that is the whole tensor into the one
// Correction (corrections.glsl) of all rows.
//
// partials: f32 [rows, PARTIALS]   stats: [rows, STATS], all rows alike
// correction: 5 floats, or with WHOLE the COEFFICIENTS that denoise_update wants
//
// One work group; its invocations stride over the rows.
#define TEAM 1
#include "denoise_backward_combine.h"
#include "team.glsl"

layout(constant_id = 2) const uint CODEBOOK = MINMAX;
layout(constant_id = 3) const uint TOP = 1u;
layout(constant_id = 4) const uint MODE = MODE_FULL;
layout(constant_id = 5) const bool WHOLE = false;

layout(push_constant) uniform Push { DenoiseBackwardCombineParams p; };
layout(set = 0, binding = 0) readonly buffer Partials { vec4 partials[]; };
layout(set = 0, binding = 1) readonly buffer Stats { float stats[]; };
layout(set = 0, binding = 2) writeonly buffer Corrections { float correction[]; };

#include "corrections.glsl"

void main() {
  vec4 sums = vec4(0.0), counts = vec4(0.0);
  float high = -uintBitsToFloat(0x7F800000u);
  for (uint row = team_lane(); row < p.rows; row += TEAM_SIZE) high = max(high, partials[2u * row + 1u].x);
  high = team_max(vec4(high)).x;
  for (uint row = team_lane(); row < p.rows; row += TEAM_SIZE) {
    const vec4 extremes = partials[2u * row + 1u];
    sums += partials[2u * row];
    counts += vec4(extremes.x == high ? extremes.y : 0.0, extremes.z, extremes.w, 0.0);
  }
  sums = team_sum(sums);
  counts = team_sum(counts);
  if (team_lane() != 0u) return;
  const Saved t = Saved(stats[0], stats[1], stats[2], stats[3], stats[4], stats[5]);
  const Sums s = Sums(sums.x, sums.y, sums.z, sums.w, high, counts.x, counts.y, counts.z);
  const Correction c = correction_of(s, t, float(p.rows) * float(p.cols));
  if (WHOLE) {
    const Coefficients all = coefficients_of(c, t, s.grad_value);
    for (uint i = 0u; i < 4u; ++i) {
      correction[i] = all.factors[i];
      correction[4u + i] = all.means[i];
    }
    return;
  }
  const float values[5] = float[5](c.grad_mean, c.k, c.live_a, c.live_b, c.high);
  for (uint i = 0u; i < 5u; ++i) correction[i] = values[i];
}
