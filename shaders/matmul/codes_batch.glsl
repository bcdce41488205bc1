// SPDX-License-Identifier: Apache-2.0
// Where the stored rows and the sums of a product of codes begin (products.glsl). The matrices of a batch, and those of groups, lie
// one after the other, so that stored rows of all of them, and their factors, are numbered through.
#ifndef RIDGEBACK_MATMUL_CODES_BATCH_GLSL
#define RIDGEBACK_MATMUL_CODES_BATCH_GLSL
#include "products.glsl"

uint x_first = 0, w_first = 0;  // stored rows of x and w before those of the product
uint y_first = 0;               // rows of results before those of the part and product
uint first_k = 0;               // of the part; a block begins there

// The row tile of this tile among those of one column of all products (begin_tile).
uint begin_product(uint tile, uint tile_rows) {
  const uint row_tile = begin_tile(tile, tile_rows);
  if (PRODUCTS == PRODUCTS_ONE && !IN_PARTS) return row_tile;
  x_first = PRODUCTS == PRODUCTS_ROW_GROUPS ? group_begin : batch * p.rows;
  w_first = batch * p.cols;
  y_first = first_line();
  first_k = terms_begin();
  return row_tile;
}
uint end_k() { return terms_end(); }
uint first_block() { return IN_PARTS ? first_k / p.block : 0u; }
// The stored rows of row `row` and column `col` of the product; some of its own where they are past its end.
uint x_row(uint row) { return x_first + min(row, product_rows() - 1); }
uint w_row(uint col) { return w_first + min(col, p.cols - 1); }

#endif
