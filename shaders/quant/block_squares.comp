#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//
//   squares[i, j] = mean of x[r, c]^2 over r in [i height, (i + 1) height), c in [j width, (j + 1) width) within x
//
// x: f32 [rows, cols]   squares: f32 [., across]. One invocation makes one.
#include "../common/index.glsl"
#include "keep_blocks.h"

layout(local_size_x_id = 0) in;

layout(push_constant) uniform Push { KeepBlocksParams p; };
layout(set = 0, binding = 0) readonly buffer X { float x[]; };
layout(set = 0, binding = 1) writeonly buffer Squares { float squares[]; };

void main() {
  const uint index = linear_invocation(), down = (p.rows + p.height - 1u) / p.height;
  if (index >= down * p.across) return;
  const uint i = index / p.across, j = index - i * p.across;
  const uint row_end = min((i + 1u) * p.height, p.rows), col_end = min((j + 1u) * p.width, p.cols);
  float sum = 0.0;
  for (uint r = i * p.height; r < row_end; ++r) {
    float of_row = 0.0;  // in two levels, for the rounding error
    for (uint c = j * p.width; c < col_end; ++c) of_row += x[r * p.cols + c] * x[r * p.cols + c];
    sum += of_row;
  }
  squares[index] = sum / float((row_end - i * p.height) * (col_end - j * p.width));
}
