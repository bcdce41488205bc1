#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//
//   y = step, but y[skip] = 1 where checked or also is NaN or infinite, else 0
//
// step, y: the words of the step parameters. checked, also: one float. Launched as one group of one. The exponent is
// looked at as bits, because compilers may take floats for finite.
#include "gate_step.h"

layout(local_size_x_id = 0) in;

layout(push_constant) uniform Push { GateStepParams p; };
layout(set = 0, binding = 0) readonly buffer Step { uint words[]; };
layout(set = 0, binding = 1) readonly buffer Checked { uint checked_bits[]; };
layout(set = 0, binding = 2) readonly buffer Also { uint also_bits[]; };
layout(set = 0, binding = 3) writeonly buffer Y { uint y[]; };

void main() {
  const uint infinity = 0x7F800000u;
  const bool bad = (checked_bits[0] & infinity) == infinity || (also_bits[0] & infinity) == infinity;
  const uint skip = bad ? 1u : 0u;
  for (uint i = 0u; i < p.words; ++i) y[i] = i == p.skip ? skip : words[i];
}
