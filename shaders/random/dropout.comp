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
FLAT_INPUT(0, x)
READ_STEP(1)
FLAT_OUTPUT(2, y)

void main() {
  const uint quad = linear_invocation();
  if (4u * quad >= p.count) return;
  const vec4 u = unit_floats(step_random(step_seed(), step_number(), p.stream, quad));
  const vec4 kept = p.scale * load_x(quad, p.count);
  store_y(quad, p.count, mix(kept, vec4(0.0), lessThan(u, vec4(p.rate))));
}
