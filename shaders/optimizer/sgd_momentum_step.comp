#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   w', v' = what a step with momentum makes of w, v with the gradient g (updates.glsl)
//
// rate = rate_scale * the step's learning rate.
// All: [count]. An invocation updates ITEMS quads; w' may be w and v' may be v.
#include "../common/flat_quads.glsl"
#include "../common/step.glsl"
#include "sgd_momentum_step.h"
#include "updates.glsl"

layout(constant_id = 1) const bool NESTEROV = false;
layout(constant_id = 2) const uint ITEMS = 1u;

layout(push_constant) uniform Push { SgdMomentumStepParams p; };
FLAT_INPUT(0, w)
FLAT_INPUT(1, v)
FLAT_INPUT(2, g)
READ_STEP(3)
FLAT_OUTPUT(4, w)
FLAT_OUTPUT(5, v)

void main() {
  const float rate = p.rate_scale * step_learning_rate();
  for (uint item = 0u; item < ITEMS; ++item) {
    const uint quad = flat_quad(item, ITEMS);
    if (4u * quad >= p.count) return;
    vec4 w = load_w(quad, p.count), v = load_v(quad, p.count);
    momentum_update(w, v, load_g(quad, p.count), rate, p.weight_decay, p.momentum, NESTEROV, step_skipped());
    store_v(quad, p.count, v);
    store_w(quad, p.count, w);
  }
}
