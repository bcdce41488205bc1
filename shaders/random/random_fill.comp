#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
// Quad q of y is drawn from block q of the stream, with words w and u = w's top 24 bits / 2^24:
//   KIND = 0   y = a + b u                                            uniform
//   KIND = 1   y = sqrt(-2 log(1 - u[0])) (cos, sin)(2 pi u[1])       normal, and again from u[2], u[3]
//   KIND = 2   y = 1 where u < a, else 0                              bernoulli
//
// y: [count]; step: the step parameters. `precise`, so that KIND 0 and 2 equal the host bit for bit. One
// invocation a quad.
#include "../common/flat_quads.glsl"
#include "../common/step_random.glsl"
#include "random_fill.h"

layout(constant_id = 1) const uint KIND = 0u;

layout(push_constant) uniform Push { RandomFillParams p; };
READ_STEP(0)
FLAT_OUTPUT(1, y)

// Angles in -pi..pi, where the precision of the functions is specified.
vec2 normal_pair(float a, float b) {
  const float radius = sqrt(max(-2.0 * log(1.0 - a), 0.0));
  const float angle = 6.28318530717958648 * (b < 0.5 ? b : b - 1.0);
  return radius * vec2(cos(angle), sin(angle));
}

void main() {
  const uint quad = linear_invocation();
  if (4u * quad >= p.count) return;
  const vec4 u = unit_floats(step_random(step_seed(), step_number(), p.stream, quad));
  precise vec4 v = p.b * u;
  v = p.a + v;
  if (KIND == 1u) v = vec4(normal_pair(u.x, u.y), normal_pair(u.z, u.w));
  if (KIND == 2u) v = vec4(lessThan(u, vec4(p.a)));
  store_y(quad, p.count, v);
}
