#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   m[r] = max_c x[r,c]      s[r] = sum_c exp(x[r,c] - m[r])
//   loss[r] = log s[r] - (1 - e) (x[r,label[r]] - m[r]) - e mean_c (x[r,c] - m[r])
//   stats[r] = (m[r], 1 / s[r])
//
// x: [rows, cols]; labels: [rows]; e = smoothing. Everything is measured from the maximum, so that a
// common offset of a row costs no digits. A label of all ones is ignored (loss 0); any other label past
// the last column gives NaN. One team a row.
#include "../common/quads.glsl"
#include "../common/team.glsl"
#include "cross_entropy_rows.h"

layout(push_constant) uniform Push { CrossEntropyRowsParams p; };
INPUT_QUADS(0, x)
READ_WORDS(1, labels)
layout(set = 0, binding = 2) writeonly buffer Loss { float loss[]; };
layout(set = 0, binding = 3) writeonly buffer Stats { vec2 stats[]; };

#define ABSENT uintBitsToFloat(0xFF800000u)
// Where the running maximum starts: finite, so that rows may hold -inf.
const float LOWEST = -3.402823466e38;
#define NOT_A_NUMBER uintBitsToFloat(0x7FC00000u)

void main() {
  const uint row = min(team_row(), p.rows - 1u);
  const uint quads = quads_of(p.cols);
  float m = LOWEST, s = 0.0, linear = 0.0;
  for (uint q = team_lane(); q < quads; q += TEAM) {
    const vec4 v = load_x(row, q, p.cols, ABSENT);
    const float higher = max(m, quad_max(v));
    s = s * exp(m - higher) + quad_sum(exp(v - higher));
    m = higher;
  }
  const float top = team_max(m);
  s = team_sum(s * exp(m - top));
  if (p.smoothing > 0.0) {
    for (uint q = team_lane(); q < quads; q += TEAM)
      linear += quad_sum(load_x(row, q, p.cols, top) - top);
  }
  linear = team_sum(linear);
  if (team_row() >= p.rows || team_lane() > 0u) return;

  const uint label = labels_at(row);
  float value = log(s);
  if (label < p.cols)
    value -= (1.0 - p.smoothing) * (x_at(row * p.cols + label) - top);
  else
    value = label == 0xFFFFFFFFu ? 0.0 : NOT_A_NUMBER;
  if (p.smoothing > 0.0 && label < p.cols) value -= p.smoothing * (linear / float(p.cols));
  loss[row] = value;
  stats[row] = vec2(top, 1.0 / s);
}
