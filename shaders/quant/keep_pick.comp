#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant team  TEAM=1
//
// Adds up what keep_count counted and narrows the bracket of each scope to the bucket that holds the last
// value to keep: magnitudes from the largest down, indices from the smallest up.
//
// counts: u32 [scopes, chunks, 16]   states: see keep.h
//
// One team to a scope.
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

// The state of a bracket narrowed to `bucket`, which holds `total` values.
uvec4 narrowed(uvec4 state, uint bucket, uint total) {
  if (p.round == ROUND_INDICES) return uvec4(state.xyz, state.w | bucket << p.shift);
  if (p.round == ROUND_OCTAVES) {
    state.x = bucket == 0u ? (FIRST_OCTAVE << 23) - (1u << WIDE_BRACKET) : (bucket + FIRST_OCTAVE - 1u) << 23;
    state.y = bucket == 0u || bucket == 15u ? WIDE_BRACKET : 23u;
  } else {
    state.y = max(state.y, 4u) - 4u;
    state.x += bucket << state.y;
  }
  // All of them are kept: the low end serves as the threshold.
  if (state.z == total) {
    state.w = ALL_TIES;
    if (state.x > 0x7FFFFFFFu) state.x = 0u;
  }
  return state;
}

void pick(uint scope, uint total[16]) {
  uvec4 state = uvec4(0);
  if (p.round == ROUND_OCTAVES) {
    state.z = scope % p.blocks == p.blocks - 1u ? p.keep_tail : p.keep;
  } else {
    state = states[scope];
    if (state.w == ALL_TIES || (p.round == ROUND_SPLIT && state.y == 0u)) return;
  }
  bool found = false;
  for (uint i = 0u; i < 16u; ++i) {
    const uint bucket = p.round == ROUND_INDICES ? i : 15u - i;
    if (found) continue;
    if (state.z > total[bucket]) {
      state.z -= total[bucket];
      continue;
    }
    found = true;
    state = narrowed(state, bucket, total[bucket]);
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
