#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   y[i] = scale x[i] where u[i] >= rate, else 0
//
// u: the uniform numbers of the stream at this step, drawn anew in forward and backward instead of being
// stored. x, y: [count]. One invocation a quad.
#include "../common/flat_quads.glsl"
#include "../common/step_random.glsl"
#include "dropout.h"


layout(push_constant) uniform Push { DropoutParams p; };
FLAT_INPUT(0, X, x, X4, x4, load_x)
layout(set = 0, binding = 1) readonly buffer Step { StepParams step_params; };
FLAT_OUTPUT(2, Y, y, Y4, y4, store_y)

void main() {
  const uint quad = linear_invocation();
  if (4u * quad >= p.count) return;
  const uvec2 seed = uvec2(step_params.seed_low, step_params.seed_high);
  const vec4 u = unit_floats(step_random(seed, step_params.step, p.stream, quad));
  const vec4 kept = p.scale * load_x(quad, p.count);
  store_y(quad, p.count, mix(kept, vec4(0.0), lessThan(u, vec4(p.rate))));
}
