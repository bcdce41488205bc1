// SPDX-License-Identifier: Apache-2.0
// The block of a team and its values, four at a time (a quad). The including kernel has push constants `p` with rows,
// cols, block, blocks and mask_pitch, the buffers x and mask, and the constants ALIGNED and SPARSE. With NO_MASK
// defined it has no mask and SPARSE is 0. Blocks that do not begin at words have f32 codes (code_word is for others).
#ifndef RIDGEBACK_BLOCKS_GLSL
#define RIDGEBACK_BLOCKS_GLSL
#include "quads.glsl"
#include "team.glsl"

// Row and first column of the block, its length, its first element and its quads; n = 0 past the last block.
uint row, first, n, base, quads;

void find_block() {
  const uint index = team_index();
  const bool inside = index < p.rows * p.blocks;
  row = inside ? index / p.blocks : 0u;  // the only division: CPU drivers divide lane by lane
  first = inside ? (index - row * p.blocks) * p.block : 0u;
  n = inside ? min(p.block, p.cols - first) : 0u;
  base = row * p.cols + first;
  quads = (n + 3u) / 4u;
}

// Values 4k .. 4k+3 of the block, 0 past its end.
vec4 read_values(uint k) {
  if (ALIGNED != 0u) return x_quad((base >> 2) + k);
  const uint i = base + 4u * k, left = n - 4u * k;
  return vec4(x_at(i), left > 1u ? x_at(i + 1u) : 0.0, left > 2u ? x_at(i + 2u) : 0.0,
              left > 3u ? x_at(i + 3u) : 0.0);
}

// Which of the four lie in the block, and which of those are kept.
bvec4 valid_lanes(uint k) {
  if (ALIGNED != 0u) return bvec4(true);
  return lessThan(4u * k + uvec4(0, 1, 2, 3), uvec4(n));
}

// The word of the mask that holds quad k, and what it says of the four.
#ifdef NO_MASK
uint mask_word(uint k) { return 0u; }
#else
uint mask_word(uint k) { return SPARSE != MASK_OF_WORDS ? 0u : mask_at(row * p.mask_pitch + (first >> 5) + (k >> 3)); }
#endif

bvec4 kept_lanes(uint word, uint k) {
  if (SPARSE == 0u) return valid_lanes(k);
#ifndef NO_MASK
  if (SPARSE == MASK_OF_VALUES) {
    bvec4 keep = valid_lanes(k);
    for (uint j = 0u; j < 4u; ++j) {
      const uint column = first + 4u * k + j;
      if (keep[j]) keep[j] = (mask_at(row * p.mask_pitch + (column >> 5)) >> (column & 31u) & 1u) != 0u;
    }
    return keep;
  }
#endif
  return notEqual(word >> (4u * k & 31u) & uvec4(1, 2, 4, 8), uvec4(0));
}

// An invocation takes `run` quads in turn: in a team of one those that share a word of codes of this width, so
// that it moves each word once; else one, so that neighbours read neighbouring values.
uint run_of(uint width) {
#ifdef TEAM
  return 1u;
#else
  return 8u / width;
#endif
}

#ifdef HELD
// Quads of a block, all of which have 64 values.
const uint HELD_QUADS = 16u;
#endif

// Whole runs of eight quads of a block, which pays to write out: CPU drivers run loops masked.
uint whole_eights() { return quads / 8u; }
#define EIGHT(CALL) CALL(0u) CALL(1u) CALL(2u) CALL(3u) CALL(4u) CALL(5u) CALL(6u) CALL(7u)

vec4 flags(bvec4 lanes) { return mix(vec4(0.0), vec4(1.0), lanes); }
vec4 where(bvec4 lanes, vec4 v) { return mix(vec4(0.0), v, lanes); }

// Word of the packed codes (rows of `pitch` words) that holds quad k of the block.
uint code_word(uint type, uint pitch, uint k) {
  return row * pitch + quad_word(type, first / 4u + k);
}

#endif
