#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//! variant team  TEAM=1
//
// ranges[r, b] = (low, high) of the values of block b of row r: of n sorted values those at k and n - 1 - k,
//   k = floor(cut (n - 1) + 1/2)
// or, for MAGNITUDE, (-m, m) with m the one at n - 1 - k of the sorted magnitudes. cut = 0 gives the extremes.
//
// x: f32 [rows, cols]   ranges: f32 [rows, blocks, 2]
//
// A team handles a block: it reads it once for extremes, eight times for each of two other ranks, counting the values in
// 16 buckets each time (most significant bits first). Values are compared as words in the order of the floats. A NaN
// among extremes is passed on; among ranks it is the largest or smallest value.
#include "../common/wide.glsl"
#include "block_range.h"
#include "team.glsl"

layout(push_constant) uniform Push { BlockRangeParams p; };
READ_FLOATS(0, x)
layout(set = 0, binding = 1) writeonly buffer Ranges { PAIR ranges[]; };

layout(constant_id = 2) const uint ALIGNED = 0u;    // cols is a multiple of 4
layout(constant_id = 3) const uint MAGNITUDE = 0u;
layout(constant_id = 4) const uint RANKS = 0u;      // the cut may be above 0
const uint SPARSE = 0u;
#define NO_MASK
#include "blocks.glsl"

uvec4 keys_of(vec4 v) {
  const uvec4 bits = floatBitsToUint(v);
  if (MAGNITUDE != 0u) return bits | 0x80000000u;
  return mix(bits | 0x80000000u, ~bits, notEqual(bits >> 31u, uvec4(0)));
}

float value_of(uint key) { return uintBitsToFloat(key >= 0x80000000u ? key & 0x7FFFFFFFu : ~key); }

uvec4 c0, c1, c2, c3;

void count_key(uint bucket) {
  const uvec4 at = uvec4(bucket);
  c0 += uvec4(equal(at, uvec4(0, 1, 2, 3)));
  c1 += uvec4(equal(at, uvec4(4, 5, 6, 7)));
  c2 += uvec4(equal(at, uvec4(8, 9, 10, 11)));
  c3 += uvec4(equal(at, uvec4(12, 13, 14, 15)));
}

void count_block(uint shift, uint prefix) {
  c0 = c1 = c2 = c3 = uvec4(0);
  for (uint k = team_lane(); k < quads; k += TEAM_SIZE) {
    const uvec4 keys = keys_of(read_values(k));
    const bvec4 valid = valid_lanes(k);
    // Shifted twice: by 32 at once is undefined.
    const bvec4 under = equal(keys >> shift >> 4u, uvec4(prefix >> shift >> 4u));
    for (uint j = 0u; j < 4u; ++j) count_key(valid[j] && under[j] ? keys[j] >> shift & 15u : 16u);
  }
  // Counts are exact as floats: a block has at most 2^24 values.
  c0 = uvec4(team_sum(vec4(c0)));
  c1 = uvec4(team_sum(vec4(c1)));
  c2 = uvec4(team_sum(vec4(c2)));
  c3 = uvec4(team_sum(vec4(c3)));
}

// The first bucket of four in which the rank lies, 4 where it lies behind them; the rank within that bucket.
uint find(uvec4 counts, inout uint rank) {
  for (uint j = 0u; j < 4u; ++j) {
    if (rank < counts[j]) return j;
    rank -= counts[j];
  }
  return 4u;
}

// The value at `rank` of the sorted ones. The whole team calls this.
float ranked(uint rank) {
  uint prefix = 0u;
  for (uint round = 0u; round < 8u; ++round) {
    const uint shift = 28u - 4u * round;
    count_block(shift, prefix);
    uint bucket = find(c0, rank);
    if (bucket == 4u) bucket += find(c1, rank);
    if (bucket == 8u) bucket += find(c2, rank);
    if (bucket == 12u) bucket += find(c3, rank);
    prefix |= min(bucket, 15u) << shift;
  }
  return value_of(prefix);
}

vec2 extremes() {
  const float infinity = uintBitsToFloat(0x7F800000u);
  vec4 low = vec4(infinity), high = vec4(-infinity), nan = vec4(0.0);
  for (uint k = team_lane(); k < quads; k += TEAM_SIZE) {
    const bvec4 valid = valid_lanes(k);
    const vec4 v = MAGNITUDE != 0u ? abs(read_values(k)) : read_values(k);
    low = min(low, mix(low, v, valid));
    high = max(high, mix(high, v, valid));
    nan += where(valid, v - v);  // 0, or NaN for what is not finite
  }
  const vec4 ends = team_max(vec4(lanes_max(-low), lanes_max(high), 0.0, 0.0));
  const float bad = team_sum(vec4(lanes_sum(nan), 0.0, 0.0, 0.0)).x;
  return vec2(-ends.x, ends.y) + bad;
}

void main() {
  find_block();
  vec2 range;
  if (RANKS == 0u) {
    range = extremes();
  } else {
    const uint last = max(n, 1u) - 1u, k = uint(floor(p.cut * float(last) + 0.5));
    range = vec2(MAGNITUDE != 0u ? 0.0 : ranked(k), ranked(last - k));
  }
  if (MAGNITUDE != 0u) range.x = -range.y;
  if (n > 0u && team_lane() == 0u) ranges[team_index()] = pair_of(range);
}
