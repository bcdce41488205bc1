// SPDX-License-Identifier: Apache-2.0
// Sparse matrices for tests: a pattern as inputs of a case, and what it means in double precision.
#pragma once

#include "ridgeback/ops/sparse.hpp"

#include <cstdint>
#include <span>
#include <vector>

#include "harness/inputs.hpp"

namespace ridgeback::test {

/// A drawn pattern: (row, column) of every entry in order, and the words that hold it. Of blocks at
/// the far edge columns may lie outside of the matrix; such entries are 0 and count nowhere.
struct DrawnPattern {
  SparsePattern::Kind kind = SparsePattern::Kind::rows;
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::int64_t width = 0;
  int n = 1;
  int m = 1;
  std::vector<std::uint32_t> starts;   ///< csr
  std::vector<std::uint32_t> columns;  ///< words: columns, or packed places
  std::vector<std::int64_t> row_of;    ///< of each entry
  std::vector<std::int64_t> column_of;

  [[nodiscard]] std::int64_t entries() const { return static_cast<std::int64_t>(row_of.size()); }
  [[nodiscard]] Shape values_shape() const;
  /// Inputs of a case that hold it: columns, and starts for csr.
  [[nodiscard]] std::vector<Input> inputs() const;
  /// The pattern made of those inputs, the first of `in`.
  [[nodiscard]] SparsePattern pattern(std::span<const Tensor> in) const;
  [[nodiscard]] std::size_t input_count() const { return kind == SparsePattern::Kind::csr ? 2 : 1; }
  /// [rows, cols] with these values at the entries.
  [[nodiscard]] Array dense(std::span<const double> values) const;
  /// What a dense matrix has at the entries, and the index of entry e there; -1 outside.
  [[nodiscard]] Array entries_of(const Array& dense) const;
  [[nodiscard]] std::int64_t index_of(std::int64_t e) const;
};

/// `width` distinct columns in every row.
[[nodiscard]] DrawnPattern draw_rows(std::int64_t rows, std::int64_t cols, std::int64_t width,
                                     std::uint64_t seed = 1);
/// Rows of unequal lengths, every third of them empty.
[[nodiscard]] DrawnPattern draw_csr(std::int64_t rows, std::int64_t cols, double density,
                                    std::uint64_t seed = 1);
/// `blocks` blocks of block_rows x block_cols in every row of them, which need not divide the
/// matrix.
[[nodiscard]] DrawnPattern draw_blocks(std::int64_t rows, std::int64_t cols, int block_rows,
                                       int block_cols, std::int64_t blocks, std::uint64_t seed = 1);
[[nodiscard]] DrawnPattern draw_n_of_m(std::int64_t rows, std::int64_t cols, int n, int m,
                                       std::uint64_t seed = 1);

/// op(a) op(b) of matrices.
[[nodiscard]] Array product(const Array& a, bool transpose_a, const Array& b, bool transpose_b);

}  // namespace ridgeback::test
