// SPDX-License-Identifier: Apache-2.0
// What all sparse kernels know of a matrix [rows, cols]; core/sparse.hpp defines the formats.
#ifndef RIDGEBACK_SHADERS_SPARSE_SPARSE_H
#define RIDGEBACK_SHADERS_SPARSE_SPARSE_H
#include "../common/params.h"

RIDGEBACK_PARAMS_BEGIN
const uint FORMAT_ROWS = 0u;       // columns u32 [rows][width]
const uint FORMAT_CSR = 1u;        // starts, columns
const uint FORMAT_N_OF_M = 2u;     // packed places
const uint FORMAT_BY_COLUMN = 3u;  // the transpose of one of these: starts, rows, places of the values
const uint FORMAT_BLOCKS = 4u;     // columns of blocks u32 [rows of blocks][width / columns of a block]

// Element types of values that are no codes: as DType numbers them.
const uint VALUES_F32 = 0u;
const uint VALUES_F16 = 1u;

struct SparseFormat {
  uint rows;         // of what is read: the transpose's where FORMAT_BY_COLUMN
  uint cols;
  uint width;        // entries in a row of the matrix; 0 for csr
  uint place_words;  // words of a row of packed places
  uint value_words;  // words of a row of packed values
};
RIDGEBACK_PARAMS_END

#endif
