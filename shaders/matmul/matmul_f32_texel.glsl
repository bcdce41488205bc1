// SPDX-License-Identifier: Apache-2.0
// Loads LANES steps of k of both dense operands into a register tile, four values at a time. Out of range the
// nearest texel is loaded; past the end of k zeros are used instead.
#ifndef RIDGEBACK_MATMUL_F32_TEXEL_GLSL
#define RIDGEBACK_MATMUL_F32_TEXEL_GLSL

vec4 a_texel(uint index) { return texelFetch(a, int(index / 4u)); }
vec4 b_texel(uint index) { return texelFetch(b, int(index / 4u)); }

void load_a(uint a0, uint row0, uint k0) {
  if (TRANS_A) {
    const uint k = k0 + first_lane();
    const uint start = a0 + min(k, p.depth - 1) * p.rows;
    [[unroll]] for (int i = 0; i < TILE_ROWS; i += 4) {
      const vec4 v = mix(vec4(0.0), a_texel(start + min(row0 + i, p.rows - 4)), bvec4(k < p.depth));
      [[unroll]] for (int c = 0; c < 4; ++c) fa[0][i + c] = v[c];
    }
    return;
  }
  [[unroll]] for (int i = 0; i < TILE_ROWS; i += LANES) {
    const uint start = a0 + min(row0 + i + first_lane(), p.rows - 1) * p.depth;
    [[unroll]] for (int q = 0; q < LANES; q += 4) {
      const vec4 v = mix(vec4(0.0), a_texel(start + min(k0 + q, p.depth - 4)), bvec4(k0 + q < p.depth));
      [[unroll]] for (int c = 0; c < 4; ++c) fa[0][i + q + c] = v[c];
    }
  }
}

void load_b(uint b0, uint col0, uint k0) {
  if (TRANS_B) {
    [[unroll]] for (int j = 0; j < TILE_COLS; ++j) {
      const uint start = b0 + min(column(col0, j), p.cols - 1) * p.depth;
      [[unroll]] for (int q = 0; q < LANES; q += 4) {
        const vec4 v = mix(vec4(0.0), b_texel(start + min(k0 + q, p.depth - 4)), bvec4(k0 + q < p.depth));
        [[unroll]] for (int c = 0; c < 4; ++c) fb[q + c][j] = v[c];
      }
    }
    return;
  }
  [[unroll]] for (int q = 0; q < LANES; ++q) {
    const uint start = b0 + min(k0 + q, p.depth - 1) * p.cols;
    [[unroll]] for (int j = 0; j < TILE_COLS; j += 4) {
      const vec4 v = mix(vec4(0.0), b_texel(start + min(column(col0, j), p.cols - 4)), bvec4(k0 + q < p.depth));
      [[unroll]] for (int c = 0; c < 4; ++c) fb[q][j + c] = v[c];
    }
  }
}

#endif
