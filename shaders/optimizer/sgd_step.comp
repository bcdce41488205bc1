#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//
//   d = g + weight_decay w      w' = w - rate d      rate = rate_scale * the step's learning rate
//
// All: [count]. One invocation a quad; w' may be w.
#include "../common/flat_quads.glsl"
#include "../common/index.glsl"
#include "../common/step_params.h"
#include "sgd_step.h"


layout(push_constant) uniform Push { SgdStepParams p; };
FLAT_INPUT(0, W, w, W4, w4, load_w)
FLAT_INPUT(1, G, g, G4, g4, load_g)
layout(set = 0, binding = 2) readonly buffer Step { StepParams step_params; };
FLAT_OUTPUT(3, NewW, new_w, NewW4, new_w4, store_w)

void main() {
  const uint quad = linear_invocation();
  if (4u * quad >= p.count) return;
  const vec4 old = load_w(quad, p.count);
  const vec4 d = load_g(quad, p.count) + p.weight_decay * old;
  store_w(quad, p.count, old - p.rate_scale * step_params.learning_rate * d);
}
