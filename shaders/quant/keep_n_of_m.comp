#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//
//   mask[r, c] = 1 where |x[r, c]| is among the n largest of its run of m columns, lower indices first
//
// x: f32 [rows, cols]   mask: b1, rows of `pitch` words. A short last run keeps min(n, its length).
//
// One invocation makes one word: it selects in each run that overlaps the word, by repeated search for the
// next value to keep, or to drop where those are fewer. Magnitudes are compared as bits: their order is that
// of the floats, and total.
#include "../common/index.glsl"
#include "keep_n_of_m.h"

layout(local_size_x_id = 0) in;

layout(push_constant) uniform Push { KeepNOfMParams p; };
layout(set = 0, binding = 0) readonly buffer X { uint x[]; };
layout(set = 0, binding = 1) writeonly buffer Mask { uint mask[]; };

uint all_of(uint length) { return length >= 32u ? 0xFFFFFFFFu : (1u << length) - 1u; }

uint keep_of_run(uint start, uint length) {
  const uint keep = min(p.n, length);
  const bool drops = 2u * keep > length;
  const uint picks = drops ? length - keep : keep;
  uint picked = 0u;
  for (uint i = 0u; i < picks; ++i) {
    uint best = 32u, best_bits = 0u;
    for (uint j = 0u; j < length; ++j) {
      const uint bits = x[start + j] & 0x7FFFFFFFu;
      const bool better = best == 32u || (drops ? bits <= best_bits : bits > best_bits);
      if ((picked >> j & 1u) != 0u || !better) continue;
      best = j;
      best_bits = bits;
    }
    picked |= 1u << best;
  }
  return drops ? all_of(length) & ~picked : picked;
}

void main() {
  const uint index = linear_invocation();
  if (index >= p.rows * p.pitch) return;
  const uint row = index / p.pitch, column = index % p.pitch * 32u;
  uint word = 0u;
  if (column < p.cols) {
    const uint end = min(column + 32u, p.cols);
    for (uint start = column / p.m * p.m; start < end; start += p.m) {
      const uint kept = keep_of_run(row * p.cols + start, min(p.m, p.cols - start));
      word |= start >= column ? kept << (start - column) : kept >> (column - start);
    }
  }
  mask[index] = word;
}
