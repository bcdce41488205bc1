#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   w' = what a step without momentum makes of w with the gradient g (updates.glsl)
//
// rate = rate_scale * the step's learning rate.
// All: [count]. An invocation updates ITEMS quads; w' may be w.
#include "../common/flat_quads.glsl"
#include "../common/step.glsl"
#include "sgd_step.h"
#include "updates.glsl"

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
    vec4 w = load_w(quad, p.count);
    sgd_update(w, load_g(quad, p.count), rate, p.weight_decay, step_skipped());
    store_w(quad, p.count, w);
  }
}
