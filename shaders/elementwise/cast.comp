#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   y[i] = TO(FROM(x[i]))   for 0 <= i < count
//
// x, y: `count` words. An invocation takes four neighbours; the last, partial vector goes element by
// element; the variant `wide` is for counts that 4 divides. Launched with linear groups.
#include "../common/wide.glsl"
#include "../common/index.glsl"
#include "cast.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint FROM = 0u;
layout(constant_id = 2) const uint TO = 0u;

layout(push_constant) uniform Push { CastParams p; };
READ_WORDS(0, x)
layout(set = 0, binding = 1) writeonly buffer Y4 { QUAD_WORDS y4[]; };
layout(set = 0, binding = 1) writeonly buffer Y { uint y[]; };

uvec4 convert(uvec4 v) {
  if (FROM == CAST_F32) {
    const vec4 value = uintBitsToFloat(v);
    return TO == CAST_I32 ? uvec4(ivec4(value)) : uvec4(value);
  }
  if (TO == CAST_F32) return floatBitsToUint(FROM == CAST_I32 ? vec4(ivec4(v)) : vec4(v));
  return v;
}

void main() {
  const uint unit = linear_invocation();
  const uint i = 4u * unit;
  if (i >= p.count) return;
#ifndef WIDE
  if (p.count - i < 4u) {
    for (uint j = i; j < p.count; ++j) y[j] = convert(uvec4(x_at(j))).x;
    return;
  }
#endif
  y4[unit] = quad_of_words(convert(x_quad(unit)));
}
