#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//
// Joins what perturb left of each row of a group that is the whole tensor.
//   first stage   Range of the rows -> scale (b_f, s_f, pivots)
//   given         a range (low, high), in `partials` -> scale
//   second stage  Moments of the rows, scale -> factors and stats, the same in every row
//
// partials: f32 [rows, PARTIALS]   scale: 4 floats   factors: [rows, 2]   stats: [rows, STATS]
//
// One work group; its invocations stride over the rows.
#define TEAM 1
#include "../common/step_params.h"
#include "perturb_combine.h"
#include "team.glsl"

layout(constant_id = 2) const uint CODEBOOK = MINMAX;
layout(constant_id = 3) const uint TOP = 1u;
layout(constant_id = 4) const uint SHIFT = 0u;
layout(constant_id = 5) const uint ESTIMATOR = DENOISE;
layout(constant_id = 6) const uint STAGE = STAGE_FIRST;

layout(push_constant) uniform Push { PerturbCombineParams p; };
layout(set = 0, binding = 0) readonly buffer Partials { float partials[]; };
layout(set = 0, binding = 1) readonly buffer Step { StepParams params; };
layout(set = 0, binding = 2) buffer Scales { vec4 scale; };
layout(set = 0, binding = 3) writeonly buffer Factors { float factors[]; };
layout(set = 0, binding = 4) writeonly buffer Stats { float stats[]; };

#include "regress.glsl"

float part(uint row, uint i) { return partials[row * PARTIALS + i]; }

Range join_ranges() {
  const float pivot = part(0u, 2u);
  const float infinity = uintBitsToFloat(0x7F800000u);
  vec4 extremes = vec4(-infinity), sums = vec4(0.0);
  for (uint row = team_lane(); row < p.rows; row += TEAM_SIZE) {
    extremes = max(extremes, vec4(-part(row, 0u), part(row, 1u), 0.0, 0.0));
    sums += vec4(part(row, 2u) - pivot, part(row, 3u), part(row, 4u), 0.0);
  }
  extremes = team_max(extremes);
  sums = team_sum(sums);
  return Range(-extremes.x, extremes.y, pivot + sums.x / float(p.rows), sums.y, sums.z);
}

Moments join_moments() {
  vec4 a = vec4(0.0), b = vec4(0.0);
  for (uint row = team_lane(); row < p.rows; row += TEAM_SIZE) {
    a += vec4(part(row, 0u), part(row, 1u), part(row, 2u), part(row, 3u));
    b += vec4(part(row, 4u), part(row, 5u), 0.0, 0.0);
  }
  a = team_sum(a);
  b = team_sum(b);
  return Moments(a.x, a.y, a.z, a.w, b.x, b.y);
}

void main() {
  const float n = float(p.rows) * float(p.cols);
  if (STAGE != STAGE_SECOND) {
    Scale made;
    if (STAGE == STAGE_GIVEN) made = scale_of_given(vec2(partials[0], partials[1]));
    else made = scale_of(join_ranges(), n);
    if (team_lane() == 0u) scale = vec4(made.offset, made.step, made.value_pivot, made.code_pivot);
    return;
  }
  const Scale given = Scale(scale.x, scale.y, scale.z, scale.w);
  const Regression r =
      regression_of(join_moments(), given, n, p.lambda * params.lambda_scale, p.lambda_unit);
  const float saved[6] = float[6](r.value_mean, r.code_mean, r.s, r.inverse, r.step, r.offset);
  for (uint row = team_lane(); row < p.rows; row += TEAM_SIZE) {
    factors[2u * row] = r.s;
    factors[2u * row + 1u] = r.o;
    for (uint i = 0u; i < STATS; ++i) stats[STATS * row + i] = saved[i];
  }
}
