#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
//   to[w, r] = from[r, w]     rows of `to` padded to whole texels
//
// from: [rows][pitch] words; to: [words][rows in multiples of 4] words. What lies in the padding does not matter.
//
// An invocation makes four texels of four neighbouring words; those of neighbouring invocations lie side by side.
#include "../common/wide.glsl"
#include "../common/index.glsl"
#include "turn_words.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const bool WHOLE_QUADS = false;  // 4 divides the pitch

layout(push_constant) uniform Push { TurnWordsParams p; };
READ_WORDS(0, from)
layout(set = 0, binding = 1) writeonly buffer To { QUAD_WORDS to[]; };

uvec4 load(uint row, uint word) {
  const uint at = min(row, p.rows - 1) * p.pitch + word;
  if (WHOLE_QUADS) return from_quad(at / 4);
  const uint last = p.rows * p.pitch - 1;
  return uvec4(from_at(at), from_at(min(at + 1, last)), from_at(min(at + 2, last)), from_at(min(at + 3, last)));
}

void store(uint word, uint run, uint runs, uvec4 four) {
  if (word < p.words) to[word * runs + run] = quad_of_words(four);
}

void main() {
  const uint index = linear_invocation();
  const uint runs = (p.rows + 3) / 4;
  if (index >= runs * ((p.words + 3) / 4)) return;
  const uint run = index % runs, word = index / runs * 4;
  const uvec4 a = load(run * 4, word), b = load(run * 4 + 1, word), c = load(run * 4 + 2, word),
              d = load(run * 4 + 3, word);
  store(word, run, runs, uvec4(a.x, b.x, c.x, d.x));
  store(word + 1, run, runs, uvec4(a.y, b.y, c.y, d.y));
  store(word + 2, run, runs, uvec4(a.z, b.z, c.z, d.z));
  store(word + 3, run, runs, uvec4(a.w, b.w, c.w, d.w));
}
