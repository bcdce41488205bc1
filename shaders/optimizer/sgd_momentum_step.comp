#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   d = g + weight_decay w      v' = momentum v + d
//   w' = w - rate (NESTEROV ? d + momentum v' : v')      rate = rate_scale * the step's learning rate
//
// A skipped step (common/step.glsl) leaves w and v as they are.
// All: [count]. An invocation updates ITEMS quads; w' may be w and v' may be v.
#include "../common/flat_quads.glsl"
#include "../common/step.glsl"
#include "sgd_momentum_step.h"

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
    const vec4 old = load_w(quad, p.count);
    const vec4 d = load_g(quad, p.count) + p.weight_decay * old;
    const vec4 old_velocity = load_v(quad, p.count);
    const vec4 velocity = p.momentum * old_velocity + d;
    const vec4 direction = NESTEROV ? d + p.momentum * velocity : velocity;
    const bvec4 skipped = bvec4(step_skipped());
    store_v(quad, p.count, mix(velocity, old_velocity, skipped));
    store_w(quad, p.count, mix(old - rate * direction, old, skipped));
  }
}
