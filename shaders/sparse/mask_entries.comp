#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//
//   columns[starts[i]..) = the columns k with mask[i,k] = 1, ascending; none beyond `entries`
//
// mask: b1 [rows][pitch words]; starts: u32 [rows + 1], cut to `entries`. One invocation a row.
#include "../common/index.glsl"
#include "mask_entries.h"

layout(push_constant) uniform Push { MaskEntriesParams p; };
layout(set = 0, binding = 0) readonly buffer Mask { uint mask[]; };
layout(set = 0, binding = 1) buffer Starts { uint starts[]; };
layout(set = 0, binding = 2) writeonly buffer Columns { uint columns[]; };

void main() {
  const uint row = linear_invocation();
  if (row > p.rows) return;
  uint slot = min(starts[row], p.entries);
  starts[row] = slot;
  for (uint i = 0u; row < p.rows && i < (p.cols + 31u) / 32u; ++i) {
    uint word = mask[row * p.pitch + i];
    while (word != 0u && slot < p.entries) {
      columns[slot++] = 32u * i + uint(findLSB(word));
      word &= word - 1u;
    }
  }
}
