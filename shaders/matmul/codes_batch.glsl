// SPDX-License-Identifier: Apache-2.0
// Which of several products of codes a work group makes a tile of. Groups are numbered [batch][row tile][column tile];
// the matrices of a batch lie one after the other, so that stored rows of all batches, and their factors, are numbered
// through. Wants the push constants `p` and the constant IN_BATCHES.
#ifndef RIDGEBACK_MATMUL_CODES_BATCH_GLSL
#define RIDGEBACK_MATMUL_CODES_BATCH_GLSL

uint x_first = 0, w_first = 0;  // stored rows of x and w before those of the batch

// The row tile of the tile that has this number among those of one column, of all batches; past the last batch one
// past the last row.
uint begin_batch(uint tile, uint row_tiles) {
  if (!IN_BATCHES) return tile;
  const uint batch = tile / row_tiles;
  if (batch >= p.batches) return row_tiles;
  x_first = batch * p.rows;
  w_first = batch * p.cols;
  return tile % row_tiles;
}
// The stored rows of row `row` and column `col` of the product; some of the batch's own where they are past its end.
uint x_row(uint row) { return x_first + min(row, p.rows - 1); }
uint w_row(uint col) { return w_first + min(col, p.cols - 1); }

#endif
