#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant team  TEAM=1
//
// Adds up what keep_count counted and fixes one more digit of the threshold, or of the index of the last
// value kept among those equal to it.
//
// counts: u32 [scopes, chunks, 16]   states: per scope (threshold bits, last index, still to keep, done)
//
// One team to a scope. A scope is done when all values equal to its threshold are kept.
#include "keep_pick.h"
#include "team.glsl"

layout(push_constant) uniform Push { KeepPickParams p; };
layout(set = 0, binding = 0) readonly buffer Counts { uvec4 counts[]; };
layout(set = 0, binding = 1) buffer States { uvec4 states[]; };

#ifdef TEAM
shared uvec4 team_counts[128];
uvec4 team_add(uvec4 value) {
  const uint me = gl_LocalInvocationID.x, lane = team_lane();
  team_counts[me] = value;
  barrier();
  for (uint step = TEAM_SIZE / 2u; step > 0u; step /= 2u) {
    if (lane < step) team_counts[me] += team_counts[me + step];
    barrier();
  }
  const uvec4 total = team_counts[me - lane];
  barrier();
  return total;
}
#else
uvec4 team_add(uvec4 value) { return value; }
#endif

void pick(uint scope, uint total[16]) {
  uvec4 state = states[scope];
  if (p.start != 0u) {
    const bool tail = scope % p.blocks == p.blocks - 1u;
    state = uvec4(0u, 0u, tail ? p.keep_tail : p.keep, 0u);
  }
  if (state.w != 0u) return;
  bool found = false;
  for (uint i = 0u; i < 16u; ++i) {
    const uint digit = p.indices != 0u ? i : 15u - i;
    if (found) continue;
    if (state.z > total[digit]) {
      state.z -= total[digit];
      continue;
    }
    found = true;
    if (p.indices != 0u) {
      state.y |= digit << p.shift;
    } else {
      state.x |= digit << p.shift;
      if (p.shift == 0u && state.z == total[digit]) state.yw = uvec2(0xFFFFFFFFu, 1u);
    }
  }
  states[scope] = state;
}

void main() {
  const uint scope = team_index();
  uint total[16];
  for (uint quarter = 0u; quarter < 4u; ++quarter) {
    uvec4 sum = uvec4(0);
    for (uint i = team_lane(); scope < p.scopes && i < p.chunks; i += TEAM_SIZE) {
      sum += counts[4u * (scope * p.chunks + i) + quarter];
    }
    sum = team_add(sum);
    for (uint j = 0u; j < 4u; ++j) total[4u * quarter + j] = sum[j];
  }
  if (scope < p.scopes && team_lane() == 0u) pick(scope, total);
}
