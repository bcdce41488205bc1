#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   v_(6+s)[i] = STEP_s(v_left[i], v_right[i])   for s = 0 .. 7;   y[i] = v_13[i]
//
// v_0 to v_5 are the operands: whole, a row that repeats, or one value. What each step does and to
// which values is a specialization constant, so that a driver compiles straight code with the
// intermediate values in registers. `precise` keeps it from contracting steps: y has the bits that
// the operations have one by one. y may be the memory of a whole operand.
// A work group takes LOCAL * ITEMS vectors of four; neighbours take neighbours. Launched with linear groups.
#include "../common/flat_quads.glsl"
#include "unary.h"
#include "binary.h"
#include "functions.glsl"
#include "chain.h"

layout(constant_id = 1) const uint ITEMS = 1u;
layout(constant_id = 2) const uint KINDS = 0u;
layout(constant_id = 3) const uint STEP_0 = CHAIN_PASS;
layout(constant_id = 4) const uint STEP_1 = CHAIN_PASS;
layout(constant_id = 5) const uint STEP_2 = CHAIN_PASS;
layout(constant_id = 6) const uint STEP_3 = CHAIN_PASS;
layout(constant_id = 7) const uint STEP_4 = CHAIN_PASS;
layout(constant_id = 8) const uint STEP_5 = CHAIN_PASS;
layout(constant_id = 9) const uint STEP_6 = CHAIN_PASS;
layout(constant_id = 10) const uint STEP_7 = CHAIN_PASS;

layout(push_constant) uniform Push { ChainParams p; };
FLAT_INPUT(0, x0)
FLAT_INPUT(1, x1)
FLAT_INPUT(2, x2)
FLAT_INPUT(3, x3)
FLAT_INPUT(4, x4)
FLAT_INPUT(5, x5)
FLAT_OUTPUT(6, y)

vec4 step_value(uint code, vec4 u, vec4 v, float alpha, float beta) {
  if (code == CHAIN_PASS) return u;
  if (code < CHAIN_BINARY) return unary_value(code, u, alpha, beta);
  return binary_value(code - CHAIN_BINARY, u, v, alpha, beta);
}

#define LOAD(i_)                                                                            \
  {                                                                                         \
    const uint kind = (KINDS >> (2u * i_)) & 3u;                                            \
    if (kind == CHAIN_FULL) v[i_] = load_x##i_(quad, p.count);                              \
    else if (kind == CHAIN_ROW) v[i_] = x##i_##_quad(column);                               \
    else if (kind == CHAIN_SCALAR) v[i_] = vec4(x##i_##_at(0u));                            \
    else v[i_] = vec4(0.0);                                                                 \
  }
#define STEP(i_)                                                                            \
  v[CHAIN_INPUTS + i_] = step_value(STEP_##i_ & 255u, v[(STEP_##i_ >> 8) & 255u],           \
                                    v[STEP_##i_ >> 16], p.scalars[2 * i_], p.scalars[2 * i_ + 1]);

void main() {
  for (uint item = 0u; item < ITEMS; ++item) {
    const uint quad = flat_quad(item, ITEMS);
    if (4u * quad >= p.count) return;
    const uint column = quad % (p.columns / 4u);
    precise vec4 v[CHAIN_INPUTS + CHAIN_STEPS];
    LOAD(0) LOAD(1) LOAD(2) LOAD(3) LOAD(4) LOAD(5)
    STEP(0) STEP(1) STEP(2) STEP(3) STEP(4) STEP(5) STEP(6) STEP(7)
    store_y(quad, p.count, v[CHAIN_INPUTS + CHAIN_STEPS - 1u]);
  }
}
