#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant subgroup SUBGROUP=1
//! variant int64    SUBGROUP=1 PAIRS=1
//! variant staged   SUBGROUP=1 STAGED=1
//! variant staged64 SUBGROUP=1 STAGED=1 PAIRS=1
//
//   s[e] = sum_c a[i,c] b[k,c]   for each entry e = (i,k)
//
// a: f32 [rows][n], b: f32 [cols][n], s: f32 one an entry; starts, columns: entries.glsl.
//
// baseline: one invocation an entry. staged, staged64: sddmm_staged.glsl. Otherwise a work group is one subgroup and makes the entries of
// rows_each rows, LANES of a row at a time, each lane another; the row of a lies in registers, spread over
// the lanes, and is handed round, HELD * LANES columns at a time.
//   int64, staged64  b is loaded two values at a time: n must be even, and COLS.
#ifdef PAIRS
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#endif
#include "../common/index.glsl"
#include "sddmm.h"

layout(constant_id = 4) const int LANES = 8;  // 4 or 8
#ifndef STAGED
layout(constant_id = 5) const int HELD = 8;  // registers of a row of a
#endif

layout(push_constant) uniform Push { SddmmParams p; };
layout(set = 0, binding = 0) readonly buffer Starts { uint starts[]; };
layout(set = 0, binding = 1) readonly buffer Columns { uint columns[]; };
layout(set = 0, binding = 2) readonly buffer A { float a[]; };
#ifdef PAIRS
layout(set = 0, binding = 3) readonly buffer B { uint64_t b[]; };
#else
layout(set = 0, binding = 3) readonly buffer B { float b[]; };
#endif
#ifndef SUBGROUP
layout(set = 0, binding = 2) readonly buffer A4 { vec4 a4[]; };
layout(set = 0, binding = 3) readonly buffer B4 { vec4 b4[]; };
#endif
layout(set = 0, binding = 4) buffer S { float s[]; };

#include "entries.glsl"

#ifndef SUBGROUP
void main() {
  const uint entry = linear_invocation();
  if (entry >= p.entries) return;
  const uint row = entry_row(entry), a0 = row * p.n;
  const uint b0 = min(entry_column(row, entry), p.f.cols - 1u) * p.n;
  float sum = 0.0;
  if (p.n % 4u == 0u) {
    for (uint c = 0u; c < p.n; c += 4u) sum += dot(a4[(a0 + c) / 4u], b4[(b0 + c) / 4u]);
  } else {
    for (uint c = 0u; c < p.n; ++c) sum += a[a0 + c] * b[b0 + c];
  }
  s[entry] = sum;
}
#else
#include "../matmul/lanes.glsl"
#ifdef STAGED
#include "sddmm_staged.glsl"
#else

float held[HELD];  // a[row, c0 + LANES q + lane] or 0

// Columns c0 + LANES q to c0 + LANES (q + 1) of the product with row b0 / n of b; those past the end meet
// zeros.
float part(float value, uint b0, uint c) {
  float sum = 0.0;
#ifdef PAIRS
  [[unroll]] for (int l = 0; l < LANES; l += 2) {
    const vec2 pair = uintBitsToFloat(unpackUint2x32(b[(b0 + min(c + l, p.n - 2u)) / 2u]));
    sum += from_lane(value, l) * pair.x;
    sum += from_lane(value, l + 1) * pair.y;
  }
#else
  [[unroll]] for (int l = 0; l < LANES; ++l) {
    sum += from_lane(value, l) * b[b0 + min(c + l, p.n - 1u)];
  }
#endif
  return sum;
}

void main() {
  const uint row0 = linear_group() * p.rows_each, row_end = min(row0 + p.rows_each, p.f.rows);
  if (row0 >= row_end) return;
  const uint lane = gl_SubgroupInvocationID;
  uint row = row0;
  // Loops are tested at their ends: CPU drivers run the body of any other once more, with no effect.
  do {
    const uint begin = entry_begin(row), end = entry_end(row);
    if (begin == end) continue;
    uint c0 = 0u;
    do {
      [[unroll]] for (int q = 0; q < HELD; ++q) {
        const uint c = c0 + LANES * q + lane % LANES;
        held[q] = c < p.n ? a[row * p.n + c] : 0.0;
      }
      uint first = begin;
      do {
        const uint e = min(first + lane % LANES, end - 1u);
        const uint b0 = min(entry_column(row, e), p.f.cols - 1u) * p.n;
        float sum = c0 > 0u ? s[e] : 0.0;
        [[unroll]] for (int q = 0; q < HELD; ++q) sum += part(held[q], b0, c0 + LANES * q);
        if (first + lane < end && lane < LANES) s[e] = sum;
        first += LANES;
      } while (first < end);
      c0 += HELD * LANES;
    } while (c0 < p.n);
  } while (++row < row_end);
}
#endif
#endif
