#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   y[i] = OP(x[i])   for 0 <= i < count
//
// x, y: `count` floats, which may be the same memory.
// A work group takes LOCAL * ITEMS vectors of four; neighbours take neighbours. Launched with linear groups.
#include "../common/flat_quads.glsl"
#include "unary.h"
#include "binary.h"
#include "functions.glsl"

layout(constant_id = 1) const uint OP = 0u;
layout(constant_id = 2) const uint ITEMS = 1u;

layout(push_constant) uniform Push { UnaryParams p; };
FLAT_INPUT(0, x)
FLAT_OUTPUT(1, y)

void main() {
  for (uint item = 0u; item < ITEMS; ++item) {
    const uint quad = flat_quad(item, ITEMS);
    if (4u * quad >= p.count) return;
    store_y(quad, p.count, unary_value(OP, load_x(quad, p.count), p.alpha, p.beta));
  }
}
