#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//
//   to[i] = word   for 0 <= i < count
//
// to: `count` words. One invocation writes one word; launched with linear groups.
#include "../common/index.glsl"
#include "fill.h"

layout(push_constant) uniform Push { FillParams p; };
layout(set = 0, binding = 0) writeonly buffer To { uint to[]; };

void main() {
  const uint i = linear_invocation();
  if (i >= p.count) return;
  to[i] = p.word;
}
