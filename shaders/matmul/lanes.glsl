// SPDX-License-Identifier: Apache-2.0
// Handing values round in a subgroup. subgroupBroadcast takes a literal lane before SPIR-V 1.5; with a
// loop variable that unrolling makes constant, one of these branches is left. Lanes 0 to 7 only.
#ifndef RIDGEBACK_MATMUL_LANES_GLSL
#define RIDGEBACK_MATMUL_LANES_GLSL
#extension GL_KHR_shader_subgroup_basic : require
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
RIDGEBACK_HAND(float)
RIDGEBACK_HAND(int)
RIDGEBACK_HAND(uint)
#undef RIDGEBACK_HAND

#endif
