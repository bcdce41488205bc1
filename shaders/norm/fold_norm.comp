#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//
//   scale[c] = gamma[c] (1 / sqrt(variance[c] + epsilon))      shift[c] = beta[c] - mean[c] scale[c]
//
// All: [count]; gamma and beta count as 1 and 0 unless HAS_GAMMA, HAS_BETA. `precise`, one channel an
// invocation and one shader for every caller: the same inputs give the same bits wherever a device
// computes them, in training, evaluation and export alike.
#include "../common/index.glsl"
#include "fold_norm.h"

layout(constant_id = 1) const bool HAS_GAMMA = false;
layout(constant_id = 2) const bool HAS_BETA = false;

layout(push_constant) uniform Push { FoldNormParams p; };
layout(set = 0, binding = 0) readonly buffer Mean { float mean[]; };
layout(set = 0, binding = 1) readonly buffer Variance { float variance[]; };
layout(set = 0, binding = 2) readonly buffer Gamma { float gamma[]; };
layout(set = 0, binding = 3) readonly buffer Beta { float beta[]; };
layout(set = 0, binding = 4) writeonly buffer Scale { float scale[]; };
layout(set = 0, binding = 5) writeonly buffer Shift { float shift[]; };

void main() {
  const uint c = linear_invocation();
  if (c >= p.count) return;
  precise float s = variance[c] + p.epsilon;
  s = 1.0 / sqrt(s);
  if (HAS_GAMMA) s = gamma[c] * s;
  precise float t = mean[c] * s;
  t = (HAS_BETA ? beta[c] : 0.0) - t;
  scale[c] = s;
  shift[c] = t;
}
