#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//
//   columns[i][0..width) = the first `width` columns k with mask[i,k block_cols] = 1, ascending; the last repeats
//
// mask: b1 [rows][pitch words]; of blocks a row is the first of each row of blocks. One invocation a row.
#include "../common/index.glsl"
#include "mask_columns.h"

layout(push_constant) uniform Push { MaskColumnsParams p; };
layout(set = 0, binding = 0) readonly buffer Mask { uint mask[]; };
layout(set = 0, binding = 1) writeonly buffer Columns { uint columns[]; };

void main() {
  const uint row = linear_invocation();
  if (row >= p.rows) return;
  const uint first = row * p.width;
  uint count = 0u, column = 0u;
  for (uint i = 0u; i < (p.cols + 31u) / 32u && count < p.width; ++i) {
    uint word = mask[row * p.pitch + i];
    while (word != 0u && count < p.width) {
      const uint k = 32u * i + uint(findLSB(word));
      word &= word - 1u;
      if (k % p.block_cols != 0u) continue;
      column = k / p.block_cols;
      columns[first + count++] = column;
    }
  }
  while (count < p.width) columns[first + count++] = column;
}
