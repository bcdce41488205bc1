#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   y[i] = half(x[i]), to the nearest, ties to even, or without TO_HALF float(x[i])     for 0 <= i < count
//
// Halves lie two to a word. An invocation takes eight neighbours; the last, partial eight go one by one; the variant
// `wide` is for counts that 8 divides. Launched with linear groups.
#include "../common/wide.glsl"
#include "../common/halves.glsl"
#include "../common/index.glsl"
#include "cast_half.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const bool TO_HALF = false;

layout(push_constant) uniform Push { CastHalfParams p; };
READ_WORDS(0, x)
layout(set = 0, binding = 1) writeonly buffer Y4 { QUAD_WORDS y4[]; };
layout(set = 0, binding = 1) writeonly buffer Y { uint y[]; };

// packHalf2x16() may round either way.
uint half_of(uint bits) {
  const uint sign = bits >> 16 & 0x8000u, magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return sign | 0x7e00u;  // NaN
  if (magnitude >= 0x477ff000u) return sign | 0x7c00u;  // from halfway beyond the largest half on
  // Below 2^-14 halves are multiples of 2^-24, which is what f32 rounds sums from 1/2 on to.
  if (magnitude < 0x38800000u) return sign | floatBitsToUint(uintBitsToFloat(magnitude) + 0.5) - 0x3f000000u;
  return sign | (magnitude + 0xfffu + (magnitude >> 13 & 1u) - 0x38000000u) >> 13;
}

uvec2 halves(uvec4 v) {
  return uvec2(half_of(v.x) | half_of(v.y) << 16, half_of(v.z) | half_of(v.w) << 16);
}
uvec4 floats(uvec2 v) { return floatBitsToUint(of_halves(v.x, v.y)); }

#ifndef WIDE
void convert_last(uint first) {
  for (uint j = first; j < p.count; j += 2u) {
    const bool both = j + 1u < p.count;
    if (TO_HALF) {
      y[j / 2u] = half_of(x_at(j)) | (both ? half_of(x_at(j + 1u)) << 16 : 0u);
    } else {
      const uint word = x_at(j / 2u);
      y[j] = floatBitsToUint(of_half(word, j));
      if (both) y[j + 1u] = floatBitsToUint(of_half(word, j + 1u));
    }
  }
}
#endif

void main() {
  const uint unit = linear_invocation();
  if (8u * unit >= p.count) return;
#ifndef WIDE
  if (p.count - 8u * unit < 8u) {
    convert_last(8u * unit);
    return;
  }
#endif
  if (TO_HALF) {
    y4[unit] = quad_of_words(uvec4(halves(x_quad(2u * unit)), halves(x_quad(2u * unit + 1u))));
  } else {
    const uvec4 v = x_quad(unit);
    y4[2u * unit] = quad_of_words(floats(v.xy));
    y4[2u * unit + 1u] = quad_of_words(floats(v.zw));
  }
}
