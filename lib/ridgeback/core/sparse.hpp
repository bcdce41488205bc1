// SPDX-License-Identifier: Apache-2.0
// The definition of every sparse format, as host code. Kernels of shaders/sparse read the same
// words.
//
//   csr      row r owns the entries starts[r] to starts[r + 1]
//   rows     every row has `width` entries (ELL without padding where each row keeps as many)
//   n_of_m   runs of m columns keep n each (a short last run min(n, what is left)); an entry is its
//            place in its run, packed in 1, 2, 4 or 8 bits
//   blocks   every row of blocks has `width` dense blocks; those at the far edges may reach out of
//            the matrix: rows there are left out, columns have entries that are 0 and do not count
// Columns ascend within a row: kernels cut rows by searching, and results do not depend on how an
// entry was found. Entries that only fill a row up have the value 0 and repeat the column before
// them (0 in an empty row).
//
// Why `rows` is the blocked form and not slices of rows whose entries are interleaved: kernels run
// their lanes along the dense operand, so the lanes of a subgroup load entries of one row, which
// are neighbours here; interleaving would spread them. The method keeps equally many weights in
// each channel, so nothing is padded either.
#pragma once

#include "ridgeback/core/dtype.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace ridgeback {

struct CsrMatrix {
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::vector<std::uint32_t> starts;   ///< rows + 1
  std::vector<std::uint32_t> columns;  ///< one per entry
  std::vector<float> values;
};

struct RowsMatrix {
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::int64_t width = 0;
  std::vector<std::uint32_t> columns;  ///< [rows][width]
  std::vector<float> values;
};

struct NOfMMatrix {
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  int n = 1;
  int m = 1;
  std::vector<std::uint32_t> places;  ///< [rows][place_words(n_of_m_width(cols, n, m), m)]
  std::vector<float> values;          ///< [rows][n_of_m_width(cols, n, m)]
};

struct BlocksMatrix {
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::int64_t block_rows = 1;
  std::int64_t block_cols = 1;
  std::int64_t width = 0;
  std::vector<std::uint32_t> columns;  ///< [ceil(rows / block_rows)][width], in blocks
  /// [rows][width][block_cols]: by row, so that what is known of rows (moments, scales, entries of
  /// equal number) holds here too. Zeros outside of the matrix.
  std::vector<float> values;
};

/// Entries that a row of `cols` columns keeps. Throws InvalidArgument unless 1 <= n <= m <= 32.
[[nodiscard]] std::int64_t n_of_m_width(std::int64_t cols, int n, int m);

/// Bits of a packed place: 1, 2, 4 or 8.
[[nodiscard]] int place_bits(int m);

/// Words of a row of packed places; rows start on 16 bytes.
[[nodiscard]] std::int64_t place_words(std::int64_t width, int m);

/// Place of entry `entry` of a row of packed places.
[[nodiscard]] std::uint32_t place_at(const std::uint32_t* row, std::int64_t entry, int m);

/// Column of an entry of an N:M row.
[[nodiscard]] std::int64_t n_of_m_column(const std::uint32_t* row, std::int64_t entry, int n,
                                         int m);

/// Every value that is not 0, row by row. Throws InvalidArgument for a span of the wrong length.
[[nodiscard]] CsrMatrix to_csr(std::span<const float> dense, std::int64_t rows, std::int64_t cols);

/// Throws InvalidArgument where a row has more than `width` values that are not 0, or where there
/// is no column to fill up with.
[[nodiscard]] RowsMatrix to_rows(std::span<const float> dense, std::int64_t rows, std::int64_t cols,
                                 std::int64_t width);

/// Runs with fewer than n values that are not 0 keep zeros, the lowest places first. Throws
/// InvalidArgument where a run has more.
[[nodiscard]] NOfMMatrix to_n_of_m(std::span<const float> dense, std::int64_t rows,
                                   std::int64_t cols, int n, int m);

/// Every block with a value that is not 0; rows of blocks with fewer than the most are filled up.
[[nodiscard]] BlocksMatrix to_blocks(std::span<const float> dense, std::int64_t rows,
                                     std::int64_t cols, std::int64_t block_rows,
                                     std::int64_t block_cols);

/// Row-major, zeros where there is no entry.
[[nodiscard]] std::vector<float> to_dense(const CsrMatrix& matrix);
[[nodiscard]] std::vector<float> to_dense(const RowsMatrix& matrix);
[[nodiscard]] std::vector<float> to_dense(const NOfMMatrix& matrix);
[[nodiscard]] std::vector<float> to_dense(const BlocksMatrix& matrix);

/// The entries by column: entry e of the transpose lies in row rows[e] and is entry places[e] of
/// the matrix (csr: of all, rows: r * width + position). Entries of a column ascend in the row.
struct TransposedPattern {
  std::vector<std::uint32_t> starts;  ///< cols + 1
  std::vector<std::uint32_t> rows;
  std::vector<std::uint32_t> places;
};
[[nodiscard]] TransposedPattern transposed(std::span<const std::uint32_t> starts,
                                           std::span<const std::uint32_t> columns,
                                           std::int64_t cols);

}  // namespace ridgeback
