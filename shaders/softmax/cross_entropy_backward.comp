#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   dx[r,c] = dy[r] (exp(x[r,c] - m[r]) / s[r] - (1 - e) [c = label[r]] - e / cols)
//
// x, dx: [rows, cols]; labels, dy: [rows]; stats: (m, 1/s) of cross_entropy_rows; e = smoothing. A label
// of all ones gives a row of zeros, any other label past the last column NaN. One invocation handles
// `quads_each` consecutive quads of a row.
#include "../common/quads.glsl"
#include "../common/index.glsl"
#include "cross_entropy_backward.h"

layout(push_constant) uniform Push { CrossEntropyBackwardParams p; };
INPUT_QUADS(0, x)
READ_WORDS(1, labels)
READ_FLOATS(2, stats)
READ_FLOATS(3, dy)
OUTPUT_QUADS(4, dx)

#define NOT_A_NUMBER uintBitsToFloat(0x7FC00000u)

void main() {
  const uint quads = quads_of(p.cols);
  const uint runs = (quads + p.quads_each - 1u) / p.quads_each;
  const uint row = linear_invocation() / runs;
  if (row >= p.rows) return;
  const uint first = (linear_invocation() - row * runs) * p.quads_each;
  const uint last = min(first + p.quads_each, quads);
  const uint label = labels_at(row);
  const vec2 stat = stats_pair(row);
  const float g = dy_at(row);
  const float off = p.smoothing / float(p.cols);
  for (uint q = first; q < last; ++q) {
    vec4 v = exp(load_x(row, q, p.cols, stat.x) - stat.x) * stat.y - off;
    const uvec4 column = 4u * q + uvec4(0u, 1u, 2u, 3u);
    v -= (1.0 - p.smoothing) * vec4(equal(column, uvec4(label)));
    if (label >= p.cols) v = vec4(label == 0xFFFFFFFFu ? 0.0 : NOT_A_NUMBER);
    store_dx(row, q, p.cols, label == 0xFFFFFFFFu ? v : v * g);
  }
}
