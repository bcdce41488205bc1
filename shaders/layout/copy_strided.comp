#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   to[to_offset + sum_k c_k to_stride_k] = from[from_offset + sum_k c_k from_stride_k]
//
// for every coordinate c; strides count words. Serves slices, concatenation, padding, broadcasting
// and permutations of any element of 32 bits.
// An invocation takes one word, or four along the innermost axis with VECTOR, and ITEMS outer
// indices. VECTOR needs inner, both offsets and all strides of a side whose innermost stride is 1
// to be multiples of 4; the innermost stride of `to` is 1 then, that of `from` 1 or 0 (SPREAD). The variant
// `wide` is for VECTOR.
// Launched with linear groups.
#include "../common/wide.glsl"
#include "../common/index.glsl"
#include "copy_strided.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint ITEMS = 1u;
layout(constant_id = 2) const uint OUTER_RANK = 0u;
layout(constant_id = 3) const uint VECTOR = 0u;
layout(constant_id = 4) const uint SPREAD = 0u;

layout(push_constant) uniform Push { CopyStridedParams p; };
READ_WORDS(0, from)
layout(set = 0, binding = 1) writeonly buffer To4 { QUAD_WORDS to4[]; };
layout(set = 0, binding = 1) writeonly buffer To { uint to[]; };

// Where row `outer` starts in `from` and in `to`.
uvec2 row_start(uint outer) {
  uvec2 at = uvec2(p.from_offset, p.to_offset);
  uint rest = outer;
  for (uint axis = 0u; axis < OUTER_RANK; ++axis) {
    uint coordinate = rest;
    if (axis + 1u < OUTER_RANK) {
      coordinate = rest % p.extents[axis];
      rest /= p.extents[axis];
    }
    at += coordinate * uvec2(p.from_strides[axis], p.to_strides[axis]);
  }
  return at;
}

void main() {
  const uint units = VECTOR == 1u ? p.inner / 4u : p.inner;
  const uint id = linear_invocation();
  const uint block = id / units;
  const uint unit = id - block * units;
  for (uint item = 0u; item < ITEMS; ++item) {
    const uint outer = block * ITEMS + item;
    if (outer >= p.outer) return;
    const uvec2 start = row_start(outer);
    if (VECTOR == 1u) {
      to4[start.y / 4u + unit] =
          quad_of_words(SPREAD == 1u ? uvec4(from_at(start.x)) : from_quad(start.x / 4u + unit));
    } else {
      to[start.y + unit * p.to_inner] = from_at(start.x + unit * p.from_inner);
    }
  }
}
