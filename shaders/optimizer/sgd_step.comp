#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   d = g + weight_decay w      w' = w - rate d      rate = rate_scale * the step's learning rate
//
// A skipped step (common/step.glsl) leaves w as it is.
// All: [count]. An invocation updates ITEMS quads; w' may be w.
#include "../common/flat_quads.glsl"
#include "../common/step.glsl"
#include "sgd_step.h"

layout(constant_id = 1) const uint ITEMS = 1u;

layout(push_constant) uniform Push { SgdStepParams p; };
FLAT_INPUT(0, w)
FLAT_INPUT(1, g)
READ_STEP(2)
FLAT_OUTPUT(3, w)

void main() {
  const float rate = p.rate_scale * step_learning_rate();
  for (uint item = 0u; item < ITEMS; ++item) {
    const uint quad = flat_quad(item, ITEMS);
    if (4u * quad >= p.count) return;
    const vec4 old = load_w(quad, p.count);
    const vec4 d = load_g(quad, p.count) + p.weight_decay * old;
    store_w(quad, p.count, mix(old - rate * d, old, bvec4(step_skipped())));
  }
}
