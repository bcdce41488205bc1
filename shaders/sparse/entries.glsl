// SPDX-License-Identifier: Apache-2.0
// The entries of a sparse matrix, whatever its format. Wants buffers `starts` and `columns` (words; any
// buffer serves for one that the format lacks) and the SparseFormat as p.f. Entries are numbered through
// all rows.
#ifndef RIDGEBACK_SPARSE_ENTRIES_GLSL
#define RIDGEBACK_SPARSE_ENTRIES_GLSL

layout(constant_id = 1) const uint FORMAT = FORMAT_ROWS;
layout(constant_id = 2) const uint RUN_N = 1u;  // of N:M
layout(constant_id = 3) const uint RUN_M = 1u;

bool has_starts() { return FORMAT == FORMAT_CSR || FORMAT == FORMAT_BY_COLUMN; }

uint entry_begin(uint row) { return has_starts() ? starts[row] : row * p.f.width; }

uint entry_end(uint row) { return has_starts() ? starts[row + 1u] : (row + 1u) * p.f.width; }

uint place_bits() { return RUN_M <= 2u ? 1u : RUN_M <= 4u ? 2u : RUN_M <= 16u ? 4u : 8u; }

uint entry_column(uint row, uint entry) {
  if (FORMAT != FORMAT_N_OF_M) return columns[entry];
  const uint j = entry - row * p.f.width, bits = place_bits(), per_word = 32u / bits;
  const uint word = columns[row * p.f.place_words + j / per_word];
  return j / RUN_N * RUN_M + (word >> (j % per_word * bits) & ((1u << bits) - 1u));
}

// First entry of begin to end in column `column` or behind it.
uint entry_at_column(uint row, uint begin, uint end, uint column) {
  if (FORMAT == FORMAT_N_OF_M) return min(row * p.f.width + column / RUN_M * RUN_N, end);
  while (begin < end) {
    const uint middle = (begin + end) / 2u;
    if (columns[middle] < column) {
      begin = middle + 1u;
    } else {
      end = middle;
    }
  }
  return begin;
}

// Row of an entry.
uint entry_row(uint entry) {
  if (!has_starts()) return entry / p.f.width;
  uint low = 0u, high = p.f.rows;  // starts[low] <= entry < starts[high]
  while (high - low > 1u) {
    const uint middle = (low + high) / 2u;
    if (starts[middle] <= entry) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

#endif
