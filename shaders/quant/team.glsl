// SPDX-License-Identifier: Apache-2.0
// A team is the invocations that share one block of values: one of them in the variant `baseline`, TEAM of
// them (a power of two) in the variant `team`. Sums are trees of fixed shape, so results do not depend on
// the subgroup size. Every invocation of the work group must call the team functions.
#ifndef RIDGEBACK_TEAM_GLSL
#define RIDGEBACK_TEAM_GLSL
#include "../common/index.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint TEAM_SIZE = 1u;

#ifdef TEAM

shared vec4 team_values[128];

uint team_index() { return linear_group() * (gl_WorkGroupSize.x / TEAM_SIZE) + gl_LocalInvocationID.x / TEAM_SIZE; }
uint team_lane() { return gl_LocalInvocationID.x % TEAM_SIZE; }

vec4 team_sum(vec4 value) {
  const uint me = gl_LocalInvocationID.x, lane = team_lane();
  team_values[me] = value;
  barrier();
  for (uint step = TEAM_SIZE / 2u; step > 0u; step /= 2u) {
    if (lane < step) team_values[me] += team_values[me + step];
    barrier();
  }
  const vec4 total = team_values[me - lane];
  barrier();
  return total;
}

vec4 team_max(vec4 value) {
  const uint me = gl_LocalInvocationID.x, lane = team_lane();
  team_values[me] = value;
  barrier();
  for (uint step = TEAM_SIZE / 2u; step > 0u; step /= 2u) {
    if (lane < step) team_values[me] = max(team_values[me], team_values[me + step]);
    barrier();
  }
  const vec4 largest = team_values[me - lane];
  barrier();
  return largest;
}

#else

uint team_index() { return linear_invocation(); }
uint team_lane() { return 0u; }
vec4 team_sum(vec4 value) { return value; }
vec4 team_max(vec4 value) { return value; }

#endif

float lanes_sum(vec4 v) { return (v.x + v.y) + (v.z + v.w); }
float lanes_max(vec4 v) { return max(max(v.x, v.y), max(v.z, v.w)); }

#endif
