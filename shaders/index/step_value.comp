#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//
//   y = float(step[word])
//
// step: the 16 words of the step parameters. Launched as one group of one.
#include "step_value.h"

layout(local_size_x_id = 0) in;

layout(push_constant) uniform Push { StepValueParams p; };
layout(set = 0, binding = 0) readonly buffer Step { uint words[]; };
layout(set = 0, binding = 1) writeonly buffer Y { float y[]; };

void main() {
  const uint value = words[p.word];
  y[0] = p.integer == 1u ? float(value) : uintBitsToFloat(value);
}
