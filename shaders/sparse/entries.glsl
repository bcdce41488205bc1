// SPDX-License-Identifier: Apache-2.0
// The entries of a sparse matrix, whatever its format. Wants buffers `starts` and `columns` (words, or with
// TEXEL texels of them; any buffer serves for one that the format lacks) and the SparseFormat as p.f. Entries are
// numbered through all rows.
#ifndef RIDGEBACK_SPARSE_ENTRIES_GLSL
#define RIDGEBACK_SPARSE_ENTRIES_GLSL

layout(constant_id = 1) const uint FORMAT = FORMAT_ROWS;
layout(constant_id = 2) const uint RUN_N = 1u;  // of N:M; of blocks their rows
layout(constant_id = 3) const uint RUN_M = 1u;  // and their columns

#ifdef TEXEL
#define WORD(buffer, index) texelFetch(buffer, int((index) >> 2u))[(index) & 3u]
#else
#define WORD(buffer, index) buffer[index]
#endif

bool has_starts() { return FORMAT == FORMAT_CSR || FORMAT == FORMAT_BY_COLUMN; }

uint entry_begin(uint row) { return has_starts() ? WORD(starts, row) : row * p.f.width; }

uint entry_end(uint row) { return has_starts() ? WORD(starts, row + 1u) : (row + 1u) * p.f.width; }

uint place_bits() { return RUN_M <= 2u ? 1u : RUN_M <= 4u ? 2u : RUN_M <= 16u ? 4u : 8u; }

// Column of entry j of a row whose place lies in `word`.
uint place_column(uint j, uint word) {
  const uint bits = place_bits(), per_word = 32u / bits;
  return j / RUN_N * RUN_M + (word >> (j % per_word * bits) & ((1u << bits) - 1u));
}

// Of blocks at the far edge maybe none of the matrix.
uint entry_column(uint row, uint entry) {
  if (FORMAT != FORMAT_N_OF_M && FORMAT != FORMAT_BLOCKS) return WORD(columns, entry);
  const uint j = entry - row * p.f.width;
  if (FORMAT == FORMAT_BLOCKS) {
    return WORD(columns, row / RUN_N * (p.f.width / RUN_M) + j / RUN_M) * RUN_M + j % RUN_M;
  }
  return place_column(j, WORD(columns, row * p.f.place_words + j * place_bits() / 32u));
}

// Row of an entry.
uint entry_row(uint entry) {
  if (!has_starts()) return entry / p.f.width;
  uint low = 0u, high = p.f.rows;  // starts[low] <= entry < starts[high]
  while (high - low > 1u) {
    const uint middle = (low + high) / 2u;
    if (WORD(starts, middle) <= entry) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

#endif
