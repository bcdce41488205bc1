// SPDX-License-Identifier: Apache-2.0
// Loads LANES steps of k of the dense operand a into a register tile (register_tile.glsl). Out of range
// some value is loaded; past the end of k a zero is used instead. Wants products.glsl and a_value(i), the value at place i, and
// a_index(), or with TEXEL read_a(start, n), which puts n values into run[] (texels.glsl), and a_pitch(), TILE_ROWS
// being a multiple of LANES.
#ifndef RIDGEBACK_MATMUL_DENSE_OPERAND_GLSL
#define RIDGEBACK_MATMUL_DENSE_OPERAND_GLSL

#ifdef TEXEL
void load_a(uint a0, uint row0, uint k0) {
  if (TRANS_A) {
    const uint k = k0 + first_lane();
    read_a(a0 + k * a_pitch() + row0, TILE_ROWS);
    [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) fa[0][i] = mix(0.0, run[i], k < terms_limit());
    return;
  }
  [[unroll]] for (int i = 0; i < TILE_ROWS; i += LANES) {
    const uint row = row0 + i + first_lane();
    read_a(a0 + row * a_pitch() + k0, LANES);
    [[unroll]] for (int q = 0; q < LANES; ++q) fa[0][i + q] = mix(0.0, run[q], k0 + q < terms_limit());
  }
}
#else
void load_a(uint a0, uint row0, uint k0) {
  k0 += first_lane();
  [[unroll]] for (int q = 0; q < A_COPIES; ++q) {
    const uint k = min(k0 + q, p.depth - 1);
    [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) {
      const float value = a_value(a0 + a_index(min(row0 + i, product_rows() - 1), k));
      fa[q][i] = mix(0.0, value, k0 + q < terms_limit());
    }
  }
}
#endif

#endif
