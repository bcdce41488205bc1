#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//
//   y[i, c] = index[i] == c ? 1 : 0
//
// index: places; y: places x classes. One invocation writes one element. Launched with linear groups.
#include "../common/index.glsl"
#include "one_hot.h"

layout(local_size_x_id = 0) in;

layout(push_constant) uniform Push { OneHotParams p; };
layout(set = 0, binding = 0) readonly buffer Index { uint index[]; };
layout(set = 0, binding = 1) writeonly buffer Y { float y[]; };

void main() {
  const uint id = linear_invocation();
  if (id >= p.count) return;
  const uint place = id / p.classes;
  y[id] = index[place] == id - place * p.classes ? 1.0 : 0.0;
}
