#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   DECOUPLED = true    d = g                     w0 = w - rate weight_decay w       (AdamW)
//   DECOUPLED = false   d = g + weight_decay w    w0 = w                             (Adam)
//   m' = beta1 m + (1 - beta1) d      v' = beta2 v + (1 - beta2) d^2
//   w' = w0 - rate / (1 - beta1^t) m' / (sqrt(v') / sqrt(1 - beta2^t) + epsilon)
//
// A skipped step (common/step.glsl) leaves w, m and v as they are.
// t: the step's number, from 1; rate = rate_scale * the step's learning rate. All: [count]. An
// invocation updates ITEMS quads; w', m', v' may be w, m, v.
#include "../common/flat_quads.glsl"
#include "../common/step.glsl"
#include "adam_step.h"

layout(constant_id = 1) const bool DECOUPLED = true;
layout(constant_id = 2) const uint ITEMS = 1u;

layout(push_constant) uniform Push { AdamStepParams p; };
FLAT_INPUT(0, w)
FLAT_INPUT(1, m)
FLAT_INPUT(2, v)
FLAT_INPUT(3, g)
READ_STEP(4)
FLAT_OUTPUT(5, w)
FLAT_OUTPUT(6, m)
FLAT_OUTPUT(7, v)

// 1 - exp(y) for y <= 0. 1 - pow(beta, t) would lose all but three digits of 1 - 0.999.
float one_minus_exp(float y) {
  float series = 1.0 + y * (1.0 / 9.0);
  series = 1.0 + y * (1.0 / 8.0) * series;
  series = 1.0 + y * (1.0 / 7.0) * series;
  series = 1.0 + y * (1.0 / 6.0) * series;
  series = 1.0 + y * (1.0 / 5.0) * series;
  series = 1.0 + y * (1.0 / 4.0) * series;
  series = 1.0 + y * (1.0 / 3.0) * series;
  series = 1.0 + y * (1.0 / 2.0) * series;
  return y < -0.5 ? 1.0 - exp(y) : -y * series;
}

void update(uint quad, float rate, float step_size, float square_scale) {
  const vec4 old = load_w(quad, p.count);
  vec4 d = load_g(quad, p.count), from = old;
  if (DECOUPLED)
    from -= rate * p.weight_decay * old;
  else
    d += p.weight_decay * old;
  const vec4 old_mean = load_m(quad, p.count), old_square = load_v(quad, p.count);
  const vec4 mean = p.beta1 * old_mean + p.rest1 * d;
  const vec4 square = p.beta2 * old_square + p.rest2 * d * d;
  const bvec4 skipped = bvec4(step_skipped());
  store_m(quad, p.count, mix(mean, old_mean, skipped));
  store_v(quad, p.count, mix(square, old_square, skipped));
  const vec4 divisor = sqrt(square) / square_scale + p.epsilon;
  store_w(quad, p.count, mix(from - step_size * (mean / divisor), old, skipped));
}

void main() {
  const float t = float(max(step_number(), 1u));
  const float rate = p.rate_scale * step_learning_rate();
  const float step_size = rate / one_minus_exp(t * p.log_beta1);
  const float square_scale = sqrt(one_minus_exp(t * p.log_beta2));
  for (uint item = 0u; item < ITEMS; ++item) {
    const uint quad = flat_quad(item, ITEMS);
    if (4u * quad >= p.count) return;
    update(quad, rate, step_size, square_scale);
  }
}
