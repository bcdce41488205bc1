// SPDX-License-Identifier: Apache-2.0
// Which of several products of codes a work group makes a tile of. Groups are numbered [batch][row tile][column tile];
// the matrices of a batch lie one after the other, so that stored rows of all batches, and their factors, are numbered
// through. Wants the push constants `p`.
#ifndef RIDGEBACK_MATMUL_CODES_BATCH_GLSL
#define RIDGEBACK_MATMUL_CODES_BATCH_GLSL

uint x_first = 0, w_first = 0;  // stored rows of x and w before those of the batch

void begin_batch(uint batch) {
  x_first = batch * p.rows;
  w_first = batch * p.cols;
}
// The stored rows of row `row` and column `col` of the product; some of the batch's own where they are past its end.
uint x_row(uint row) { return x_first + min(row, p.rows - 1); }
uint w_row(uint col) { return w_first + min(col, p.cols - 1); }

#endif
