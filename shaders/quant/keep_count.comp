#version 450
#extension GL_GOOGLE_include_directive : require
// SPDX-License-Identifier: Apache-2.0
//! variant baseline
//! variant wide  WIDE=1
//! needs GL_ARB_gpu_shader_int64
//
// One round of the selection of a threshold: how many values of each scope fall in each of 16 buckets.
//
// x: f32 [rows, cols]   states: see keep.h   counts: u32 [scopes, chunks, 16]
// notes: per invocation the number of its values in the bracket and their indices in the scope
//
// Invocation t of a scope counts its groups of four values t, t + chunks, ... in registers. Where reading costs more than
// writing a few notes (CPU drivers), a round notes what lies in the bracket and later ones read only that.
#include "../common/wide.glsl"
#include "../common/index.glsl"
#include "keep_count.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint SCAN = SCAN_ALL;
layout(constant_id = 2) const uint ALIGNED = 0u;  // cols is a multiple of 4

layout(push_constant) uniform Push { KeepCountParams p; };
READ_FLOATS(0, x)
READ_WORDS(1, states)
layout(set = 0, binding = 2) writeonly buffer Counts { uvec4 counts[]; };
layout(set = 0, binding = 3) buffer Notes { uint notes[]; };

uint bits_at(uint i) { return floatBitsToUint(x_at(i)) & 0x7FFFFFFFu; }

// Values i .. i+3 of a scope of n values; all ones past its end.
uvec4 bits_of_quad(uint base, uint i, uint n) {
  if (ALIGNED != 0u) return floatBitsToUint(x_quad((base + i) >> 2)) & 0x7FFFFFFFu;
  uvec4 bits = uvec4(0xFFFFFFFFu);
  for (uint j = 0u; j < 4u; ++j) {
    if (i + j < n) bits[j] = bits_at(base + i + j);
  }
  return bits;
}

// 16 for a value that is not in the bracket.
uint bucket_of(uint bits, uint i, uvec4 state) {
  if (bits == 0xFFFFFFFFu) return 16u;
  if (p.round == ROUND_OCTAVES) return uint(clamp(int(bits >> 23) - int(FIRST_OCTAVE) + 1, 0, 15));
  const uint above = bits - state.x;  // modulo 2^32, as the low end is
  if (above >> state.y != 0u) return 16u;
  if (p.round == ROUND_SPLIT) return above >> (max(state.y, 4u) - 4u);
  return i >> p.shift >> 4u == state.w >> p.shift >> 4u ? i >> p.shift & 15u : 16u;
}

// Values in the buckets 0 .. 15.
uvec4 c0 = uvec4(0), c1 = uvec4(0), c2 = uvec4(0), c3 = uvec4(0);

void add(uint bucket) {
  const uvec4 at = uvec4(bucket);
  c0 += uvec4(equal(at, uvec4(0, 1, 2, 3)));
  c1 += uvec4(equal(at, uvec4(4, 5, 6, 7)));
  c2 += uvec4(equal(at, uvec4(8, 9, 10, 11)));
  c3 += uvec4(equal(at, uvec4(12, 13, 14, 15)));
}

void scan_noted(uint base, uint list, uvec4 state) {
  const uint count = notes[list];
  for (uint k = 0u; k < count; ++k) {
    const uint i = notes[list + 1u + k];
    add(bucket_of(bits_at(base + i), i, state));
  }
}

void scan_all(uint base, uint n, uint own, uint list, uvec4 state) {
  uint noted = 0u;
  for (uint i = 4u * own; i < n; i += 4u * p.chunks) {
    const uvec4 bits = bits_of_quad(base, i, n);
    for (uint j = 0u; j < 4u; ++j) {
      const uint bucket = bucket_of(bits[j], i + j, state);
      add(bucket);
      if (SCAN != SCAN_AND_NOTE || bucket == 16u) continue;
      ++noted;
      notes[list + noted] = i + j;
    }
  }
  if (SCAN == SCAN_AND_NOTE) notes[list] = noted;
}

void main() {
  const uint index = linear_invocation();
  if (index >= p.rows * p.blocks * p.chunks) return;
  const uint scope = index / p.chunks, row = scope / p.blocks, first = scope % p.blocks * p.block;
  const uint n = min(p.block, p.cols - first), base = row * p.cols + first;
  uvec4 state = uvec4(0);
  if (p.round != ROUND_OCTAVES) state = states_quad(scope);
  const bool known = p.round == ROUND_SPLIT && state.y == 0u;
  if (p.round != ROUND_OCTAVES && (known || state.w == ALL_TIES) && SCAN != SCAN_AND_NOTE) return;

  if (SCAN == SCAN_NOTED) {
    scan_noted(base, index * p.pitch, state);
  } else {
    scan_all(base, n, index % p.chunks, index * p.pitch, state);
  }
  counts[4u * index] = c0;
  counts[4u * index + 1u] = c1;
  counts[4u * index + 2u] = c2;
  counts[4u * index + 3u] = c3;
}
