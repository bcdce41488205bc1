// SPDX-License-Identifier: Apache-2.0
// Handing values round in a subgroup. Lanes 0 to 7 only. With TEXEL by shuffling, which is one instruction on
// lavapipe with AVX2, where a broadcast is a loop that looks for an active invocation: the f32 product of 1024^3 runs
// at 30 instead of 16 GFLOP/s. Else subgroupBroadcast, which takes a literal lane before SPIR-V 1.5; with a loop
// variable that unrolling makes constant, one of these branches is left.
#ifndef RIDGEBACK_MATMUL_LANES_GLSL
#define RIDGEBACK_MATMUL_LANES_GLSL
#extension GL_KHR_shader_subgroup_basic : require
#ifdef TEXEL
#extension GL_KHR_shader_subgroup_shuffle : require
#define RIDGEBACK_HAND(T) \
  T from_lane(T value, int lane) { return subgroupShuffle(value, uint(lane)); }
#else
#extension GL_KHR_shader_subgroup_ballot : require
#define RIDGEBACK_HAND(T)                                                  \
  T from_lane(T value, int lane) {                                         \
    if (lane == 0) return subgroupBroadcast(value, 0);                     \
    if (lane == 1) return subgroupBroadcast(value, 1);                     \
    if (lane == 2) return subgroupBroadcast(value, 2);                     \
    if (lane == 3) return subgroupBroadcast(value, 3);                     \
    if (lane == 4) return subgroupBroadcast(value, 4);                     \
    if (lane == 5) return subgroupBroadcast(value, 5);                     \
    if (lane == 6) return subgroupBroadcast(value, 6);                     \
    return subgroupBroadcast(value, 7);                                    \
  }
#endif
RIDGEBACK_HAND(float)
RIDGEBACK_HAND(int)
RIDGEBACK_HAND(uint)
#undef RIDGEBACK_HAND

#endif
