// SPDX-License-Identifier: Apache-2.0
// Teams: TEAM consecutive invocations of a group share one row of a matrix, each taking every TEAM-th
// quad of it, and join what they found in a fixed order. A CPU driver is served best by teams of one,
// which need no shared memory; a GPU by teams as wide as the row. Every invocation of the group must
// reach every join: rows past the end are computed again, and not stored. Kernels take four quads of a row at a
// time where there are as many, loading all before they store any: the lanes of a CPU driver are teams of one, each
// in a row of its own, which in matrices of a power of two columns compete for the same lines of the cache.
#ifndef RIDGEBACK_TEAM_GLSL
#define RIDGEBACK_TEAM_GLSL

#include "index.glsl"

layout(constant_id = 2) const uint TEAM = 1u;  // a power of two, at most the local size

shared float team_words[gl_WorkGroupSize.x];

uint team_row() { return linear_group() * (gl_WorkGroupSize.x / TEAM) + gl_LocalInvocationID.x / TEAM; }

uint team_lane() { return gl_LocalInvocationID.x % TEAM; }

#define TEAM_JOIN(name, join)                                                           \
  float name(float value) {                                                             \
    if (TEAM == 1u) return value;                                                       \
    const uint at = gl_LocalInvocationID.x, lane = team_lane();                         \
    team_words[at] = value;                                                             \
    barrier();                                                                          \
    for (uint span = TEAM / 2u; span > 0u; span /= 2u) {                                \
      if (lane < span) team_words[at] = join(team_words[at], team_words[at + span]);    \
      barrier();                                                                        \
    }                                                                                   \
    const float joined = team_words[at - lane];                                         \
    barrier();                                                                          \
    return joined;                                                                      \
  }

float plus(float a, float b) { return a + b; }

TEAM_JOIN(team_sum, plus)
TEAM_JOIN(team_max, max)

#endif
