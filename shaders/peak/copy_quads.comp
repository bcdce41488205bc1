#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   to[i] = from[i]   for 0 <= i < quads
//
// The copy rate that bandwidth-bound kernels are measured against. One invocation copies 16 bytes; linear groups.
#include "../common/wide.glsl"
#include "../common/index.glsl"
#include "copy_quads.h"

layout(local_size_x_id = 0) in;
layout(push_constant) uniform Push { CopyQuadsParams p; };
READ_WORDS(0, from)
layout(set = 0, binding = 1) writeonly buffer To { QUAD_WORDS to[]; };

void main() {
  const uint i = linear_invocation();
  if (i < p.quads) to[i] = quad_of_words(from_quad(i));
}
