#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   y[r] = 1 where label[r] is the lowest c with the largest x[r,c], else 0
//
// x: [rows, cols]; labels, y: [rows]. The test is "every column is below, or equal and not before", so a
// NaN anywhere in the row gives 0; so does a label past the last column. One team a row.
#include "../common/quads.glsl"
#include "../common/team.glsl"
#include "correct_rows.h"

layout(push_constant) uniform Push { CorrectRowsParams p; };
INPUT_QUADS(0, x)
READ_WORDS(1, labels)
layout(set = 0, binding = 2) writeonly buffer Y { float y[]; };

void main() {
  const uint row = min(team_row(), p.rows - 1u);
  const uint quads = quads_of(p.cols);
  const uint label = labels_at(row);
  const float chosen = x_at(row * p.cols + min(label, p.cols - 1u));
  float beaten = 0.0;
  for (uint q = team_lane(); q < quads; q += TEAM) {
    const vec4 v = load_x(row, q, p.cols, chosen);
    for (uint i = 0u; i < 4u; ++i)
      beaten += v[i] < chosen || (v[i] == chosen && 4u * q + i >= label) ? 0.0 : 1.0;
  }
  beaten = team_sum(beaten);
  if (team_row() >= p.rows || team_lane() > 0u) return;
  y[row] = label < p.cols && beaten == 0.0 ? 1.0 : 0.0;
}
