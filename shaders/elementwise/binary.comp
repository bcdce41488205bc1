#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   y[i] = OP(a[i'], b[i''])   with i', i'' the positions that broadcast to i
//
// y: outer x inner values, row-major. a, b: values at sum(coordinate * stride); along the innermost
// axis the stride is A_STEP, B_STEP: 1, or 0 where the operand is constant there. Either may be y's
// memory if it has y's shape.
// An invocation takes one vector of four (one element without VECTOR) along the innermost axis and
// goes down ITEMS outer indices with it; an operand that does not change over them (A_FIXED, B_FIXED:
// all its outer strides are 0, as of a bias) is loaded once.
// VECTOR needs inner to be a multiple of 4, or outer = 1; the variant `wide` is VECTOR for inner a multiple of 4.
// Launched with linear groups.
#include "../common/wide.glsl"
#include "../common/index.glsl"
#include "unary.h"
#include "binary.h"
#include "functions.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint OP = 0u;
layout(constant_id = 2) const uint ITEMS = 1u;
layout(constant_id = 3) const uint OUTER_RANK = 0u;
layout(constant_id = 4) const uint A_STEP = 1u;
layout(constant_id = 5) const uint B_STEP = 1u;
layout(constant_id = 6) const uint VECTOR = 1u;
layout(constant_id = 7) const uint A_FIXED = 0u;
layout(constant_id = 8) const uint B_FIXED = 0u;

layout(push_constant) uniform Push { BinaryParams p; };
READ_WORDS(0, a)
READ_WORDS(1, b)
layout(set = 0, binding = 2) writeonly buffer Y4 { QUAD y4[]; };
layout(set = 0, binding = 2) writeonly buffer Y { float y[]; };

// Words, because integers must not pass through float registers.
vec4 apply(uvec4 a_words, uvec4 b_words) {
  if (OP == BINARY_EQUAL_BITS) return vec4(equal(a_words, b_words));
  return binary_value(OP, uintBitsToFloat(a_words), uintBitsToFloat(b_words), p.alpha, p.beta);
}

// Where row `outer` of a and of b starts.
uvec2 row_start(uint outer) {
  uvec2 at = uvec2(0u);
  uint rest = outer;
  for (uint axis = 0u; axis < OUTER_RANK; ++axis) {
    uint coordinate = rest;
    if (axis + 1u < OUTER_RANK) {
      coordinate = rest % p.extents[axis];
      rest /= p.extents[axis];
    }
    at += coordinate * uvec2(p.a_strides[axis], p.b_strides[axis]);
  }
  return at;
}

uvec4 load_a(uint at) { return VECTOR * A_STEP == 1u ? a_quad(at / 4u) : uvec4(a_at(at)); }
uvec4 load_b(uint at) { return VECTOR * B_STEP == 1u ? b_quad(at / 4u) : uvec4(b_at(at)); }

void main() {
  const uint width = VECTOR == 1u ? 4u : 1u;
  const uint units = (p.inner + width - 1u) / width;
  const uint id = linear_invocation();
  const uint block = OUTER_RANK == 0u ? 0u : id / units;
  const uint column = (id - block * units) * width;
  if (column >= p.inner) return;
  const uvec2 offset = column * uvec2(A_STEP, B_STEP);
#ifndef WIDE
  if (p.inner - column < width) {  // the last, partial vector of a flat launch
    for (uint j = 0u; column + j < p.inner; ++j) {
      const uvec2 at = offset + j * uvec2(A_STEP, B_STEP);
      y[column + j] = apply(uvec4(a_at(at.x)), uvec4(b_at(at.y))).x;
    }
    return;
  }
#endif
  uvec4 u = A_FIXED == 1u ? load_a(offset.x) : uvec4(0u);
  uvec4 v = B_FIXED == 1u ? load_b(offset.y) : uvec4(0u);
  for (uint item = 0u; item < ITEMS; ++item) {
    const uint outer = block * ITEMS + item;
    if (outer >= p.outer) return;
    const uvec2 at = row_start(outer) + offset;
    if (A_FIXED == 0u) u = load_a(at.x);
    if (B_FIXED == 0u) v = load_b(at.y);
    const uint to = outer * p.inner + column;
    if (VECTOR == 1u) {
      y4[to / 4u] = quad_of(apply(u, v));
    } else {
      y[to] = apply(u, v).x;
    }
  }
}
