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
#include "math.glsl"
#include "unary.h"

layout(constant_id = 1) const uint OP = 0u;
layout(constant_id = 2) const uint ITEMS = 1u;

layout(push_constant) uniform Push { UnaryParams p; };
FLAT_INPUT(0, x)
FLAT_OUTPUT(1, y)

vec4 apply(vec4 v) {
  switch (OP) {
    case UNARY_NEG: return -v;
    case UNARY_ABS: return abs(v);
    case UNARY_SIGN: return sign(v);
    case UNARY_SQUARE: return v * v;
    case UNARY_SQRT: return sqrt(v);
    case UNARY_RSQRT: return 1.0 / sqrt(v);
    case UNARY_RECIPROCAL: return 1.0 / v;
    case UNARY_EXP: return exp(v);
    case UNARY_LOG: return log(v);
    case UNARY_SIN: return sin(v);
    case UNARY_COS: return cos(v);
    case UNARY_TANH: return stable_tanh(v);
    case UNARY_SIGMOID: return sigmoid(v);
    case UNARY_RELU: return max(v, 0.0);
    case UNARY_GELU: return 0.5 * v * (1.0 + erf(v * 0.70710678118));
    case UNARY_GELU_TANH:
      return 0.5 * v * (1.0 + stable_tanh(0.79788456080 * (v + 0.044715 * v * v * v)));
    case UNARY_SILU: return v * sigmoid(v);
    case UNARY_LEAKY_RELU: return mix(p.alpha * v, v, greaterThan(v, vec4(0.0)));
    case UNARY_LEAKY_STEP: return mix(vec4(p.alpha), vec4(1.0), greaterThan(v, vec4(0.0)));
    case UNARY_SOFTPLUS: return max(v, 0.0) + log1p_unit(exp(-abs(v)));
    case UNARY_CLAMP: return clamp(v, p.alpha, p.beta);
    case UNARY_ROUND: return roundEven(v);
    case UNARY_FLOOR: return floor(v);
    case UNARY_ERF: return erf(v);
    case UNARY_ADD: return v + p.alpha;
    case UNARY_MUL: return v * p.alpha;
    case UNARY_DIV: return v / p.alpha;
    case UNARY_RSUB: return p.alpha - v;
    case UNARY_RDIV: return p.alpha / v;
    case UNARY_POW: return real_pow(v, vec4(p.alpha));
    case UNARY_MAXIMUM: return max(v, p.alpha);
    case UNARY_MINIMUM: return min(v, p.alpha);
    case UNARY_GREATER: return vec4(greaterThan(v, vec4(p.alpha)));
    case UNARY_LESS: return vec4(lessThan(v, vec4(p.alpha)));
    case UNARY_EQUAL: return vec4(equal(v, vec4(p.alpha)));
  }
  return v;
}

void main() {
  for (uint item = 0u; item < ITEMS; ++item) {
    const uint quad = flat_quad(item, ITEMS);
    if (4u * quad >= p.count) return;
    store_y(quad, p.count, apply(load_x(quad, p.count)));
  }
}
