// SPDX-License-Identifier: Apache-2.0
// Loads LANES steps of k of the dense operand a into a register tile (register_tile.glsl). Out of range
// the nearest value is loaded; past the end of k a zero is used instead. Wants a[] and a_index().
#ifndef RIDGEBACK_MATMUL_DENSE_OPERAND_GLSL
#define RIDGEBACK_MATMUL_DENSE_OPERAND_GLSL

void load_a(uint a0, uint row0, uint k0) {
  k0 += first_lane();
  [[unroll]] for (int q = 0; q < A_COPIES; ++q) {
    const uint k = min(k0 + q, p.depth - 1);
    [[unroll]] for (int i = 0; i < TILE_ROWS; ++i) {
      const float value = a[a0 + a_index(min(row0 + i, p.rows - 1), k)];
      fa[q][i] = mix(0.0, value, k0 + q < p.depth);
    }
  }
}

#endif
