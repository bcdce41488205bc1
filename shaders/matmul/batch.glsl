// SPDX-License-Identifier: Apache-2.0
// Where the operands of a batch start (MatmulF32Params says how batches are numbered), and the layouts
// of the operands. Wants the push constants `p`, TRANS_A and TRANS_B.
#ifndef RIDGEBACK_MATMUL_BATCH_GLSL
#define RIDGEBACK_MATMUL_BATCH_GLSL

uint a_start(uint batch) {
  return batch / p.inner_batches * p.a_outer + batch % p.inner_batches * p.a_inner;
}
uint b_start(uint batch) {
  return batch / p.inner_batches * p.b_outer + batch % p.inner_batches * p.b_inner;
}

// op(a)[row][k] lies at [row][k], or at [k][row] where a is stored transposed.
uint a_index(uint row, uint k) { return TRANS_A ? k * p.a_pitch + row : row * p.a_pitch + k; }
// op(b)[k][col] lies at [k][col], or at [col][k].
uint b_index(uint k, uint col) { return TRANS_B ? col * p.b_pitch + k : k * p.b_pitch + col; }

#endif
