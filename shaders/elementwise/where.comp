#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   y[i] = mask[i'] != 0 ? a[i''] : b[i''']   with the positions that broadcast to i
//
// Layout and work as in binary.comp, with three operands and one outer index an invocation. VECTOR
// needs inner to be a multiple of 4, or outer = 1; the variant `wide` is VECTOR for inner a multiple of 4.
#include "../common/wide.glsl"
#include "../common/index.glsl"
#include "where.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint OUTER_RANK = 0u;
layout(constant_id = 2) const uint MASK_STEP = 1u;
layout(constant_id = 3) const uint A_STEP = 1u;
layout(constant_id = 4) const uint B_STEP = 1u;
layout(constant_id = 5) const uint VECTOR = 1u;

layout(push_constant) uniform Push { WhereParams p; };
READ_FLOATS(0, mask)
READ_FLOATS(1, a)
READ_FLOATS(2, b)
layout(set = 0, binding = 3) writeonly buffer Y4 { QUAD y4[]; };
layout(set = 0, binding = 3) writeonly buffer Y { float y[]; };

uvec3 row_start(uint outer) {
  uvec3 at = uvec3(0u);
  uint rest = outer;
  for (uint axis = 0u; axis < OUTER_RANK; ++axis) {
    uint coordinate = rest;
    if (axis + 1u < OUTER_RANK) {
      coordinate = rest % p.extents[axis];
      rest /= p.extents[axis];
    }
    at += coordinate * uvec3(p.mask_strides[axis], p.a_strides[axis], p.b_strides[axis]);
  }
  return at;
}

void main() {
  const uint width = VECTOR == 1u ? 4u : 1u;
  const uint units = (p.inner + width - 1u) / width;
  const uint id = linear_invocation();
  const uint outer = OUTER_RANK == 0u ? 0u : id / units;
  const uint column = (id - outer * units) * width;
  if (outer >= p.outer || column >= p.inner) return;
  const uvec3 start = row_start(outer);
  const uvec3 at = start + column * uvec3(MASK_STEP, A_STEP, B_STEP);
  const uint to = outer * p.inner + column;
#ifndef WIDE
  if (VECTOR == 0u || p.inner - column < 4u) {
    const uint count = min(width, p.inner - column);
    for (uint j = 0u; j < count; ++j) {
      const uvec3 one = at + j * uvec3(MASK_STEP, A_STEP, B_STEP);
      y[to + j] = mask_at(one.x) != 0.0 ? a_at(one.y) : b_at(one.z);
    }
    return;
  }
#endif
  const vec4 m = MASK_STEP == 1u ? mask_quad(at.x / 4u) : vec4(mask_at(at.x));
  const vec4 u = A_STEP == 1u ? a_quad(at.y / 4u) : vec4(a_at(at.y));
  const vec4 v = B_STEP == 1u ? b_quad(at.z / 4u) : vec4(b_at(at.z));
  y4[to / 4u] = quad_of(mix(v, u, notEqual(m, vec4(0.0))));
}
