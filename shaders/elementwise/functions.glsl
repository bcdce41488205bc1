// SPDX-License-Identifier: Apache-2.0
// The elementwise functions by their codes. `code` is a constant wherever they are called, so that one case
// remains. `precise`: a driver must not contract what one function does with what the next does, so that a
// chain of them (chain.comp) has the bits that they have one by one. Include unary.h and binary.h first.
#ifndef RIDGEBACK_FUNCTIONS_GLSL
#define RIDGEBACK_FUNCTIONS_GLSL
#include "math.glsl"

// Those that take an instruction or two.
vec4 light_unary_value(uint code, vec4 v, float alpha, float beta) {
  precise vec4 y = v;
  switch (code) {
    case UNARY_NEG: y = -v; break;
    case UNARY_ABS: y = abs(v); break;
    case UNARY_SQUARE: y = v * v; break;
    case UNARY_RELU: y = max(v, 0.0); break;
    case UNARY_LEAKY_RELU: y = mix(alpha * v, v, greaterThan(v, vec4(0.0))); break;
    case UNARY_CLAMP: y = clamp(v, alpha, beta); break;
    case UNARY_ADD: y = v + alpha; break;
    case UNARY_MUL: y = v * alpha; break;
    case UNARY_DIV: y = v / alpha; break;
    case UNARY_RSUB: y = alpha - v; break;
    case UNARY_MAXIMUM: y = max(v, alpha); break;
    case UNARY_MINIMUM: y = min(v, alpha); break;
  }
  return y;
}

vec4 unary_value(uint code, vec4 v, float alpha, float beta) {
  precise vec4 y = v;
  switch (code) {
    case UNARY_SIGN: y = sign(v); break;
    case UNARY_SQRT: y = sqrt(v); break;
    case UNARY_RSQRT: y = 1.0 / sqrt(v); break;
    case UNARY_RECIPROCAL: y = 1.0 / v; break;
    case UNARY_EXP: y = exp(v); break;
    case UNARY_LOG: y = log(v); break;
    case UNARY_SIN: y = sin(v); break;
    case UNARY_COS: y = cos(v); break;
    case UNARY_TANH: y = stable_tanh(v); break;
    case UNARY_SIGMOID: y = sigmoid(v); break;
    case UNARY_GELU: y = 0.5 * v * (1.0 + erf(v * 0.70710678118)); break;
    case UNARY_GELU_TANH:
      y = 0.5 * v * (1.0 + stable_tanh(0.79788456080 * (v + 0.044715 * v * v * v))); break;
    case UNARY_SILU: y = v * sigmoid(v); break;
    case UNARY_LEAKY_STEP: y = mix(vec4(alpha), vec4(1.0), greaterThan(v, vec4(0.0))); break;
    case UNARY_SOFTPLUS: y = max(v, 0.0) + log1p_unit(exp(-abs(v))); break;
    case UNARY_ROUND: y = roundEven(v); break;
    case UNARY_FLOOR: y = floor(v); break;
    case UNARY_ERF: y = erf(v); break;
    case UNARY_RDIV: y = alpha / v; break;
    case UNARY_POW: y = real_pow(v, vec4(alpha)); break;
    case UNARY_GREATER: y = vec4(greaterThan(v, vec4(alpha))); break;
    case UNARY_LESS: y = vec4(lessThan(v, vec4(alpha))); break;
    case UNARY_EQUAL: y = vec4(equal(v, vec4(alpha))); break;
    default: y = light_unary_value(code, v, alpha, beta);
  }
  return y;
}

// All but powers.
vec4 light_binary_value(uint code, vec4 u, vec4 v, float alpha, float beta) {
  precise vec4 y = u;
  switch (code) {
    case BINARY_ADD: y = u + v; break;
    case BINARY_SUB: y = u - v; break;
    case BINARY_MUL: y = u * v; break;
    case BINARY_DIV: y = u / v; break;
    case BINARY_MAXIMUM: y = max(u, v); break;
    case BINARY_MINIMUM: y = min(u, v); break;
    case BINARY_GREATER: y = vec4(greaterThan(u, v)); break;
    case BINARY_LESS: y = vec4(lessThan(u, v)); break;
    case BINARY_EQUAL: y = vec4(equal(u, v)); break;
    case BINARY_HALF_STEP: y = vec4(greaterThan(u, v)) + 0.5 * vec4(equal(u, v)); break;
    case BINARY_GATE_POSITIVE: y = mix(vec4(0.0), u, greaterThan(v, vec4(0.0))); break;
    case BINARY_GATE_WITHIN:
      y = mix(vec4(0.0), u, equal(v, clamp(v, alpha, beta))); break;
  }
  return y;
}

vec4 binary_value(uint code, vec4 u, vec4 v, float alpha, float beta) {
  if (code == BINARY_POW) return real_pow(u, v);
  return light_binary_value(code, u, v, alpha, beta);
}

#endif
