// SPDX-License-Identifier: Apache-2.0
// Which of several products of codes, and which part of its sums, a work group makes a tile of. Groups are numbered
// [part][batch][row tile][column tile]; the matrices of a batch lie one after the other, so that stored rows of all
// batches, and their factors, are numbered through. Wants the push constants `p` and the constants IN_BATCHES and IN_PARTS.
#ifndef RIDGEBACK_MATMUL_CODES_BATCH_GLSL
#define RIDGEBACK_MATMUL_CODES_BATCH_GLSL

uint x_first = 0, w_first = 0;  // stored rows of x and w before those of the batch
uint y_first = 0;               // rows of results before those of the part and batch
uint first_k = 0;               // of the part; a block begins there

// The row tile of the tile that has this number among those of one column, of all parts and batches; past the last one
// past the last row.
uint begin_product(uint tile, uint row_tiles) {
  if (!IN_BATCHES && !IN_PARTS) return tile;
  const uint product = tile / row_tiles, batches = IN_BATCHES ? p.batches : 1u;
  if (product >= (IN_PARTS ? p.parts * batches : batches)) return row_tiles;
  const uint batch = IN_PARTS && IN_BATCHES ? product % batches : IN_BATCHES ? product : 0u;
  x_first = batch * p.rows;
  w_first = batch * p.cols;
  y_first = product * p.rows;
  if (IN_PARTS) first_k = product / batches * p.part;
  return tile % row_tiles;
}
uint end_k() { return IN_PARTS ? min(first_k + p.part, p.depth) : p.depth; }
uint first_block() { return IN_PARTS ? first_k / p.block : 0u; }
// The stored rows of row `row` and column `col` of the product; some of the batch's own where they are past its end.
uint x_row(uint row) { return x_first + min(row, p.rows - 1); }
uint w_row(uint col) { return w_first + min(col, p.cols - 1); }

#endif
