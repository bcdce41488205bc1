#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   to[b, c, r] = from[b, r, c]
//
// from: batch x rows x cols words, row-major; to: batch x cols x rows.
// An invocation transposes a block of 4 x 4 in registers: four vector loads, four vector stores where
// the rows (of `from` with FROM_VECTOR, of `to` with TO_VECTOR) are multiples of four words.
// Neighbours take neighbours along a row of `from`, so that those of a CPU's vector store to rows far apart: half of
// the copy rate of lavapipe 22.3. The variant `wide` is for both. Launched with linear groups.
#include "../common/wide.glsl"
#include "../common/index.glsl"
#include "transpose.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint FROM_VECTOR = 0u;
layout(constant_id = 2) const uint TO_VECTOR = 0u;
layout(constant_id = 3) const uint BATCHED = 1u;  // a division less where 0: CPUs divide lane by lane

layout(push_constant) uniform Push { TransposeParams p; };
READ_WORDS(0, from)
layout(set = 0, binding = 1) writeonly buffer To4 { QUAD_WORDS to4[]; };
layout(set = 0, binding = 1) writeonly buffer To { uint to[]; };

// Words beyond the edge are not read: 0.
uvec4 load(uint base, uint row, uint col) {
  if (row >= p.rows) return uvec4(0u);
  const uint at = base + row * p.cols + col;
  if (FROM_VECTOR == 1u) return from_quad(at / 4u);
  uvec4 v = uvec4(0u);
  for (uint j = 0u; j < 4u; ++j) {
    if (col + j < p.cols) v[j] = from_at(at + j);
  }
  return v;
}

void store(uint base, uint row, uint col, uvec4 v) {
  if (row >= p.cols) return;
  const uint at = base + row * p.rows + col;
  if (TO_VECTOR == 1u) {
    to4[at / 4u] = quad_of_words(v);
    return;
  }
  for (uint j = 0u; j < 4u; ++j) {
    if (col + j < p.rows) to[at + j] = v[j];
  }
}

void main() {
  const uint id = linear_invocation();
  if (id >= p.blocks) return;
  const uint block_cols = (p.cols + 3u) / 4u;
  const uint block_rows = (p.rows + 3u) / 4u;
  const uint block_row = id / block_cols;  // of all in the batch
  const uint batch = BATCHED == 1u ? block_row / block_rows : 0u;
  const uint col = 4u * (id - block_row * block_cols);
  const uint row = 4u * (block_row - batch * block_rows);
  const uint base = batch * p.rows * p.cols;
  uvec4 m[4];
  for (uint i = 0u; i < 4u; ++i) m[i] = load(base, row + i, col);
  for (uint j = 0u; j < 4u; ++j) {
    store(base, col + j, row, uvec4(m[0][j], m[1][j], m[2][j], m[3][j]));
  }
}
