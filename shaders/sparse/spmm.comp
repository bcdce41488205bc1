#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant texel    TEXEL=1
//
//   y[i,c] = sum over the entries (i,k,v) of row i of v x[k,c]
//
// x: f32 [cols][n], y: f32 [rows][n]. starts, columns, places, values, scales: entries.glsl,
// entry_values.glsl.
//
// One invocation makes COLS columns of a row, neighbours the next columns of it or, with ALONG_ROWS, the
// same columns of the next row. texel: spmm_texel.glsl, for CPU drivers.
#ifdef TEXEL
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#endif
#include "../common/index.glsl"
#include "spmm.h"

layout(constant_id = 5) const bool ALONG_ROWS = false;
layout(constant_id = 6) const int COLS = 4;  // 1, 2 or 4; for texel a multiple of 4

layout(push_constant) uniform Push { SpmmParams p; };
#ifdef TEXEL
#include "spmm_texel.glsl"
#else
layout(set = 0, binding = 0) readonly buffer Starts { uint starts[]; };
layout(set = 0, binding = 1) readonly buffer Columns { uint columns[]; };
layout(set = 0, binding = 2) readonly buffer Places { uint places[]; };
layout(set = 0, binding = 3) readonly buffer Values { uint values[]; };
layout(set = 0, binding = 4) readonly buffer Scales { float scales[]; };
layout(set = 0, binding = 5) readonly buffer X { float x[]; };
layout(set = 0, binding = 5) readonly buffer X4 { vec4 x4[]; };
layout(set = 0, binding = 6) writeonly buffer Y { float y[]; };

#include "entries.glsl"
#include "entry_values.glsl"

// x[k, first + j] for j below COLS; columns past the end repeat the last one.
vec4 load_x(uint k, uint first) {
  if (COLS == 4 && p.n % 4u == 0u) return x4[(k * p.n + first) / 4u];
  vec4 quad = vec4(0.0);
  [[unroll]] for (int j = 0; j < COLS; ++j) quad[j] = x[k * p.n + min(first + j, p.n - 1u)];
  return quad;
}

void main() {
  const uint runs = (p.n + COLS - 1u) / COLS, id = linear_invocation();
  if (id >= runs * p.f.rows) return;
  const uint row = ALONG_ROWS ? id % p.f.rows : id / runs;
  const uint first = (ALONG_ROWS ? id / p.f.rows : id % runs) * COLS;
  const uint end = entry_end(row);
  vec4 sum = vec4(0.0);
  for (uint e = entry_begin(row); e < end; ++e) {
    sum += entry_value(row, e) * load_x(entry_column(row, e), first);
  }
  sum *= row_scale(row);
  [[unroll]] for (int j = 0; j < COLS; ++j) {
    if (first + j < p.n) y[row * p.n + first + j] = sum[j];
  }
}
#endif
