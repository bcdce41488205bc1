#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   dscale[c] = sum_k dscales[k,c]      dshift[c] = sum_k dshifts[k,c]
//
// dscales, dshifts: [runs, cols] of norm_column_sums, added in ascending order. One invocation a quad.
#include "../common/quads.glsl"
#include "../common/index.glsl"
#include "norm_column_sums_merge.h"

layout(push_constant) uniform Push { NormColumnSumsMergeParams p; };
INPUT_QUADS(0, dscales)
INPUT_QUADS(1, dshifts)
OUTPUT_QUADS(2, dscale)
OUTPUT_QUADS(3, dshift)

void main() {
  const uint quad = linear_invocation();
  if (quad >= quads_of(p.cols)) return;
  vec4 dyn_sum = vec4(0.0), dy_sum = vec4(0.0);
  for (uint k = 0u; k < p.runs; ++k) {
    dyn_sum += load_dscales(k, quad, p.cols, 0.0);
    dy_sum += load_dshifts(k, quad, p.cols, 0.0);
  }
  store_dscale(0u, quad, p.cols, dyn_sum);
  store_dshift(0u, quad, p.cols, dy_sum);
}
