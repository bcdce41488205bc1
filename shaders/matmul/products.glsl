// SPDX-License-Identifier: Apache-2.0
// Which of several products, and which part of its sums, a work group makes a tile of. Work groups are numbered
// [part][batch][row tile][column tile].
//
// Groups of rows (of terms): group g of p.batches has those from the end of the group before it to its own, which buffer
// EPILOGUE_BINDING + 2 holds as i32 in place of the third operand of the epilogue. Nothing is read or written out of
// bounds whatever it holds. Tiles of rows are numbered so that group g has those from
//   floor(first row / tile rows) + g
// on, which are enough for any number of rows and leave one too many at most; rows after the last group are one more
// group, whose sums are 0 and of which little is added up. Where ends descend, work groups may store one row twice.
//
// Wants the push constants `p`, the constants PRODUCTS and IN_PARTS, and common/epilogue.glsl.
#ifndef RIDGEBACK_MATMUL_PRODUCTS_GLSL
#define RIDGEBACK_MATMUL_PRODUCTS_GLSL
#include "products.h"

#ifdef TEXEL
int given_end(uint group) { return int(word_of(texelFetch(epilogue_c, int(group / 4u)), group)); }
#else
layout(set = 0, binding = EPILOGUE_BINDING + 2) restrict readonly buffer Ends { int given_ends[]; };
int given_end(uint group) { return given_ends[group]; }
#endif

uint part = 0, batch = 0;                // of this work group; a group's number in place of a batch
uint group_begin = 0, group_end = 0;     // rows or terms of the group
bool in_group = true;                    // or the rows after the last one

// Rows of the product that the tile is of; of groups of rows: counted from group_begin.
uint product_rows() { return PRODUCTS == PRODUCTS_ROW_GROUPS ? group_end - group_begin : p.rows; }
// Stored rows of the result before its first.
uint first_line() {
  return PRODUCTS == PRODUCTS_ROW_GROUPS ? part * p.rows + group_begin : (part * p.batches + batch) * p.rows;
}
// Terms of the sums.
uint terms_begin() {
  const uint first = IN_PARTS ? part * p.part : 0u;
  return PRODUCTS == PRODUCTS_TERM_GROUPS ? max(first, group_begin) : first;
}
uint terms_end() {
  if (PRODUCTS == PRODUCTS_ROW_GROUPS && !in_group) return terms_begin();
  const uint end = IN_PARTS ? min((part + 1u) * p.part, p.depth) : p.depth;
  return PRODUCTS == PRODUCTS_TERM_GROUPS ? min(end, group_end) : end;
}
// Past which terms are 0. A part begins and, but for the last, ends with a whole step.
uint terms_limit() { return PRODUCTS == PRODUCTS_TERM_GROUPS ? terms_end() : p.depth; }

uint begin_of(uint group, uint limit) {
  return group == 0u ? 0u : uint(clamp(given_end(max(group, 1u) - 1u), 0, int(limit)));
}
void begin_group(uint group, uint limit) {
  group_begin = begin_of(group, limit);
  group_end = group < p.batches ? max(begin_of(group + 1u, limit), group_begin) : limit;
}

uint first_tile(uint group, uint tile_rows) { return begin_of(group, p.rows) / tile_rows + group; }

// The tile of rows of tile `tile` of one column of all parts and batches, in rows of tiles of its product; beyond the last one
// past the last row.
uint begin_tile(uint tile, uint tile_rows) {
  if (PRODUCTS == PRODUCTS_ONE && !IN_PARTS) return tile;
  const uint past = 0xffffffffu / tile_rows;
  const bool row_groups = PRODUCTS == PRODUCTS_ROW_GROUPS;
  const uint row_tiles = row_groups ? p.rows / tile_rows + p.batches + 1u : (p.rows + tile_rows - 1u) / tile_rows;
  const uint batches = PRODUCTS == PRODUCTS_BATCHES || PRODUCTS == PRODUCTS_TERM_GROUPS ? p.batches : 1u;
  const uint product = tile / row_tiles, in_product = tile % row_tiles;
  if (product >= (IN_PARTS ? p.parts * batches : batches)) return past;
  part = IN_PARTS ? product / batches : 0u;
  batch = batches > 1u ? product % batches : 0u;
  if (PRODUCTS == PRODUCTS_TERM_GROUPS) begin_group(batch, p.depth);
  if (PRODUCTS != PRODUCTS_ROW_GROUPS) return in_product;
  // The last group that begins at this tile or before.
  uint group = 0u, count = p.batches + 1u;
  do {
    const uint half_of = count / 2u;
    const bool later = first_tile(group + half_of, tile_rows) <= in_product;
    group += later ? half_of : 0u;
    count = later ? count - half_of : half_of;
  } while (count > 1u);
  begin_group(group, p.rows);
  in_group = group < p.batches;
  batch = min(group, p.batches - 1u);
  return in_product - first_tile(group, tile_rows);
}

// Groups of rows: makes the sums of rows after the last group 0.
#define CLEAR_OUTSIDE(sums, rows, cols)                                                              \
  if (PRODUCTS == PRODUCTS_ROW_GROUPS) {                                                             \
    [[unroll]] for (int i = 0; i < rows; ++i)                                                        \
      [[unroll]] for (int j = 0; j < cols; ++j) sums[i][j] = mix(0.0, sums[i][j], in_group);         \
  }

#endif
