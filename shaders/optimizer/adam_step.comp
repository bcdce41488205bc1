#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   w', m', v' = what a step of Adam makes of w, m, v with the gradient g (updates.glsl); DECOUPLED: of AdamW
//
// t: the step's number, from 1; rate = rate_scale * the step's learning rate. All: [count]. An
// invocation updates ITEMS quads; w', m', v' may be w, m, v.
#include "../common/flat_quads.glsl"
#include "../common/step.glsl"
#include "adam_step.h"
#include "updates.glsl"

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

void update(uint quad, AdamFactors factors) {
  vec4 w = load_w(quad, p.count), m = load_m(quad, p.count), v = load_v(quad, p.count);
  adam_update(w, m, v, load_g(quad, p.count), factors, DECOUPLED, step_skipped());
  store_m(quad, p.count, m);
  store_v(quad, p.count, v);
  store_w(quad, p.count, w);
}

void main() {
  const float t = float(max(step_number(), 1u));
  const float rate = p.rate_scale * step_learning_rate();
  const AdamFactors factors =
      AdamFactors(rate, rate / one_minus_exp(t * p.log_beta1), sqrt(one_minus_exp(t * p.log_beta2)),
                  p.weight_decay, p.beta1, p.beta2, p.rest1, p.rest2, p.epsilon);
  for (uint item = 0u; item < ITEMS; ++item) {
    const uint quad = flat_quad(item, ITEMS);
    if (4u * quad >= p.count) return;
    update(quad, factors);
  }
}
