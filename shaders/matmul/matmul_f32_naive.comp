#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//
//   c[b,i,j] = sum_k op(a)[b,i,k] op(b)[b,k,j]
//
// One invocation makes one element: the yardstick that `bench` holds the other kernels against.
// Layouts as in matmul_f32.comp.
#include "../common/index.glsl"
#include "matmul_f32_naive.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const bool TRANS_A = false;
layout(constant_id = 2) const bool TRANS_B = false;

layout(push_constant) uniform Push { MatmulF32Params p; };
layout(set = 0, binding = 0) readonly buffer A { float a[]; };
layout(set = 0, binding = 1) readonly buffer B { float b[]; };
layout(set = 0, binding = 2) writeonly buffer C { float c[]; };

#include "batch.glsl"

void main() {
  const uint i = linear_invocation();
  const uint size = p.rows * p.cols;
  if (i >= size * p.batches) return;
  const uint batch = i / size;
  const uint row = i % size / p.cols;
  const uint col = i % p.cols;
  const uint a0 = a_start(batch), b0 = b_start(batch);
  float sum = 0.0;
  for (uint k = 0; k < p.depth; ++k) sum += a[a0 + a_index(row, k)] * b[b0 + b_index(k, col)];
  c[i] = sum;
}
