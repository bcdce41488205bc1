#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   words[g, k] = sum_i codes[FIELDS g + i, k] 2^(i 32 / FIELDS)     modulo 2^32
//
// codes: packed [rows][k], i2, i4 or i8; words: u32 [groups][k in multiples of 32], codes beyond the ends being 0. FIELDS
// is 2 or 4. What shaders/matmul/lookup_ints.glsl reads: rows side by side.
//
// An invocation lays out the codes of one texel (four words) of each row of its group.
#include "../common/wide.glsl"
#include "../common/index.glsl"
#include "../common/packed.glsl"
#include "row_groups.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint TYPE = 8;
layout(constant_id = 2) const int FIELDS = 4;

layout(push_constant) uniform Push { RowGroupsParams p; };
READ_WORDS(0, codes)
layout(set = 0, binding = 1) writeonly buffer Words { QUAD_WORDS words[]; };

const int PER_UNIT = TYPE == PACKED_I8 ? 4 : TYPE == PACKED_I4 ? 8 : 16;

uvec4 load(uint row, uint quad) {
  return row < p.rows && quad < p.from_quads ? codes_quad(row * p.from_quads + quad) : uvec4(0u);
}

uint code(uint word, int i, int field) {
  return uint(code_at(TYPE, uvec2(word, 0u), i)) << (field * 32 / FIELDS);
}

// Four codes of a word of each row, of which `quad` is the number in the group.
void lay_out(uvec4 rows, int i, uint group, uint quad) {
  if (i >= PER_UNIT) return;
  uvec4 four;
  [[unroll]] for (int c = 0; c < 4; ++c) {
    four[c] = code(rows.x, i + c, 0) + code(rows.y, i + c, 1);
    if (FIELDS == 4) four[c] += code(rows.z, i + c, 2) + code(rows.w, i + c, 3);
  }
  if (quad < p.words_quads) words[group * p.words_quads + quad] = quad_of_words(four);
}

void lay_out_word(uvec4 rows, uint group, uint quad) {
  lay_out(rows, 0, group, quad);
  lay_out(rows, 4, group, quad + 1);
  lay_out(rows, 8, group, quad + 2);
  lay_out(rows, 12, group, quad + 3);
}

void main() {
  const uint index = linear_invocation();
  if (index >= p.groups * p.quads) return;
  const uint group = index / p.quads, quad = index % p.quads;
  const uvec4 a = load(group * FIELDS, quad), b = load(group * FIELDS + 1, quad);
  uvec4 c = uvec4(0u), d = uvec4(0u);
  if (FIELDS == 4) {
    c = load(group * FIELDS + 2, quad);
    d = load(group * FIELDS + 3, quad);
  }
  const uint first = quad * PER_UNIT;
  lay_out_word(uvec4(a.x, b.x, c.x, d.x), group, first);
  lay_out_word(uvec4(a.y, b.y, c.y, d.y), group, first + PER_UNIT / 4);
  lay_out_word(uvec4(a.z, b.z, c.z, d.z), group, first + 2 * (PER_UNIT / 4));
  lay_out_word(uvec4(a.w, b.w, c.w, d.w), group, first + 3 * (PER_UNIT / 4));
}
