#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//
// The places of the entries that a mask keeps, n of each run of m (core/sparse.hpp, NOfMMatrix): the first
// n of a run that keeps more; a run that keeps fewer takes its last places too.
//
// mask: b1 [rows][pitch words]; places: [rows][words]. One invocation a word of places.
#include "../common/index.glsl"
#include "mask_places.h"

layout(push_constant) uniform Push { MaskPlacesParams p; };
layout(set = 0, binding = 0) readonly buffer Mask { uint mask[]; };
layout(set = 0, binding = 1) writeonly buffer Places { uint places[]; };

// Bits of columns start to start + length, 1 <= length <= 32, of a row.
uint run_bits(uint row, uint start, uint length) {
  const uint at = row * p.pitch + start / 32u, shift = start % 32u;
  uint word = mask[at] >> shift;
  if (shift + length > 32u) word |= mask[at + 1u] << (32u - shift);
  return length == 32u ? word : word & ((1u << length) - 1u);
}

// Exactly `keep` of the low `length` bits.
uint exactly(uint word, uint keep, uint length) {
  for (uint place = length; bitCount(word) < keep;) word |= 1u << --place;
  while (bitCount(word) > keep) word &= ~(1u << uint(findMSB(word)));
  return word;
}

void main() {
  const uint index = linear_invocation();
  if (index >= p.rows * p.words) return;
  const uint row = index / p.words, per_word = 32u / p.bits;
  uint entry = index % p.words * per_word;
  const uint end = min(entry + per_word, p.width);
  uint word = 0u, shift = 0u;
  while (entry < end) {
    const uint start = entry / p.n * p.m, length = min(p.m, p.cols - start);
    uint run = exactly(run_bits(row, start, length), min(p.n, length), length);
    for (uint skip = entry % p.n; skip > 0u; --skip) run &= run - 1u;
    while (run != 0u && entry < end) {
      word |= uint(findLSB(run)) << shift;
      run &= run - 1u;
      shift += p.bits;
      ++entry;
    }
  }
  places[index] = word;
}
