#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant subgroup SUBGROUP=1
//! variant int64    SUBGROUP=1 PAIRS=1
//
//   y[i,c] = sum over the entries (i,k,v) of row i of v x[k,c]
//
// for CPU drivers. Buffers as in spmm.comp. Reading a storage buffer costs them a loop with tests over the
// lanes, an array of the invocation only the loads. So an invocation copies its COLS columns of x into such an
// array, `panel` rows at a time, and makes `rows_each` rows of y from it: three times as fast as reading
// x where it lies (spmm.comp) on lavapipe at 90 % zeros. Compile time grows with the array.
//   subgroup  each invocation loads another entry of a row, and they are handed round.
//   int64     as subgroup, and x (and y unless BATCH_FIRST) moves two values at a time: n, or with
//             BATCH_FIRST cols, must be even; COLS too, and panel.
#ifdef PAIRS
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#endif
#include "../common/index.glsl"
#include "spmm_staged.h"

layout(constant_id = 5) const bool BATCH_FIRST = false;
layout(constant_id = 6) const int DEPTH = 128;
layout(constant_id = 7) const int COLS = 2;
layout(constant_id = 8) const int LANES = 4;  // entries handed round at a time: 4 or 8
const int RUN = COLS % 2 == 0 ? 2 : 1;

layout(push_constant) uniform Push { SpmmStagedParams p; };
layout(set = 0, binding = 0) readonly buffer Starts { uint starts[]; };
layout(set = 0, binding = 1) readonly buffer Columns { uint columns[]; };
layout(set = 0, binding = 2) readonly buffer Places { uint places[]; };
layout(set = 0, binding = 3) readonly buffer Values { uint values[]; };
layout(set = 0, binding = 4) readonly buffer Scales { float scales[]; };
#ifdef PAIRS
layout(set = 0, binding = 5) readonly buffer X { uint64_t x[]; };
layout(set = 0, binding = 6) buffer Y2 { uint64_t y2[]; };
#else
layout(set = 0, binding = 5) readonly buffer X { float x[]; };
#endif
layout(set = 0, binding = 6) buffer Y { float y[]; };

#include "entries.glsl"
#include "entry_values.glsl"

float staged[COLS * DEPTH];
float sum[COLS];

#ifdef SUBGROUP
#include "../matmul/lanes.glsl"
#endif

// Column j of this invocation: runs of RUN neighbours, those of the invocations alternate.
uint column(uint first, int j) { return first + j / RUN * RUN * gl_WorkGroupSize.x + j % RUN; }

// staged[k][j] = x[k0 + k, column(j)] for k below `depth`; columns past the end repeat the last ones.
void stage(uint first, uint k0, uint depth) {
  uint k = 0u;
  do {
#ifdef PAIRS
    if (BATCH_FIRST) {
      [[unroll]] for (int j = 0; j < COLS; ++j) {
        const uint at = min(column(first, j), p.n - 1u) * p.f.cols + k0 + k;
        const vec2 pair = uintBitsToFloat(unpackUint2x32(x[at / 2u]));
        staged[k * COLS + j] = pair.x;
        staged[(k + 1u) * COLS + j] = pair.y;
      }
      k += 2u;
    } else {
      [[unroll]] for (int j = 0; j < COLS; j += 2) {
        const uint at = (k0 + k) * p.n + min(column(first, j), p.n - 2u);
        const vec2 pair = uintBitsToFloat(unpackUint2x32(x[at / 2u]));
        staged[k * COLS + j] = pair.x;
        staged[k * COLS + j + 1] = pair.y;
      }
      k += 1u;
    }
#else
    [[unroll]] for (int j = 0; j < COLS; ++j) {
      const uint c = min(column(first, j), p.n - 1u);
      staged[k * COLS + j] = x[BATCH_FIRST ? c * p.f.cols + k0 + k : (k0 + k) * p.n + c];
    }
    k += 1u;
#endif
  } while (k < depth);
}

void multiply(float value, uint k) {
  [[unroll]] for (int j = 0; j < COLS; ++j) sum[j] += value * staged[k * COLS + j];
}

// Adds the entries begin to end, of which there is one at least.
void add_entries(uint row, uint begin, uint end, uint k0) {
#ifdef SUBGROUP
  const uint lane = gl_SubgroupInvocationID % LANES;
  uint first = begin;
  do {
    const uint e = min(first + lane, end - 1u);
    const uint my_k = min(entry_column(row, e) - k0, DEPTH - 1u);
    const float my_value = first + lane < end ? entry_value(row, e) : 0.0;
    [[unroll]] for (int l = 0; l < LANES; ++l) multiply(from_lane(my_value, l), from_lane(my_k, l));
    first += LANES;
  } while (first < end);
#else
  uint e = begin;
  do {
    multiply(entry_value(row, e), min(entry_column(row, e) - k0, DEPTH - 1u));
  } while (++e < end);
#endif
}

// y[row, column(j)] = sum[j], or += behind the first panel.
void store(uint row, uint first, bool add) {
#ifdef PAIRS
  if (!BATCH_FIRST) {
    [[unroll]] for (int j = 0; j < COLS; j += 2) {
      const uint c = column(first, j), at = (row * p.n + c) / 2u;
      if (c >= p.n) continue;
      vec2 pair = vec2(sum[j], sum[j + 1]);
      if (add) pair += uintBitsToFloat(unpackUint2x32(y2[at]));
      y2[at] = packUint2x32(floatBitsToUint(pair));
    }
    return;
  }
#endif
  [[unroll]] for (int j = 0; j < COLS; ++j) {
    const uint c = column(first, j), at = BATCH_FIRST ? c * p.f.rows + row : row * p.n + c;
    if (c >= p.n) continue;
    y[at] = add ? y[at] + sum[j] : sum[j];
  }
}

void main() {
  const uint tile = gl_WorkGroupSize.x * COLS;
  const uint tiles = (p.n + tile - 1u) / tile;
  const uint group = linear_group();
  const uint first = group % tiles * tile + gl_LocalInvocationID.x * RUN;
  const uint row0 = group / tiles * p.rows_each, row_end = min(row0 + p.rows_each, p.f.rows);
  if (row0 >= row_end) return;
  // Loops are tested at their ends: CPU drivers run the body of any other once more, with no effect.
  uint k0 = 0u;
  do {
    stage(first, k0, min(p.panel, p.f.cols - k0));
    uint row = row0;
    do {
      uint begin = entry_begin(row), end = entry_end(row);
      if (p.panel < p.f.cols) {
        begin = entry_at_column(row, begin, end, k0);
        end = entry_at_column(row, begin, end, k0 + p.panel);
      }
      [[unroll]] for (int j = 0; j < COLS; ++j) sum[j] = 0.0;
      if (begin < end) add_entries(row, begin, end, k0);
      const float scale = row_scale(row);
      [[unroll]] for (int j = 0; j < COLS; ++j) sum[j] *= scale;
      store(row, first, k0 > 0u);
    } while (++row < row_end);
    k0 += p.panel;
  } while (k0 < p.f.cols);
}
