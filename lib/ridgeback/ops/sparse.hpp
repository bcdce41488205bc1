// SPDX-License-Identifier: Apache-2.0
// Products with sparse matrices. core/sparse.hpp defines the formats; a tensor here holds the words
// that a vector holds there.
#pragma once

#include "ridgeback/core/sparse.hpp"
#include "ridgeback/graph/tensor.hpp"

#include <cstdint>

namespace ridgeback {

/// A pattern by column (core/sparse.hpp, TransposedPattern): u32 starts [cols + 1], rows and places
/// [entries]. Of blocks: of the matrix whose entries are the blocks.
struct TransposedTensors {
  Tensor starts;
  Tensor rows;
  Tensor places;
};

/// Where the entries of a matrix [rows, cols] lie. A column outside of the matrix never reaches
/// memory outside of a tensor; the result is then unspecified.
struct SparsePattern {
  enum class Kind : std::uint8_t { rows, csr, n_of_m, blocks };
  Kind kind = Kind::rows;
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::int64_t width = 0;  ///< entries in a row, also those outside of the matrix; 0 for csr
  int n = 1;               ///< of N:M; of blocks the rows of one
  int m = 1;               ///< of N:M; of blocks the columns of one
  Tensor starts;           ///< csr: u32 [rows + 1]
  /// u32: rows [rows, width], csr [entries], n_of_m [rows, words], blocks [ceil(rows / n), width /
  /// m]
  Tensor columns;
  /// The pattern by column where it is at hand already; else transposed products make it.
  TransposedTensors by_column = {};

  [[nodiscard]] std::int64_t entries() const;
  /// Of a tensor of values: [rows, width] or [entries].
  [[nodiscard]] Shape values_shape() const;
  /// Whether rows have entries outside of the matrix: values of those are 0 where they are made,
  /// and count nowhere.
  [[nodiscard]] bool reaches_out() const { return kind == Kind::blocks && cols % m != 0; }
};

/// Patterns from tensors; throw InvalidArgument for those that do not fit.
[[nodiscard]] SparsePattern rows_pattern(const Tensor& columns, std::int64_t cols);
[[nodiscard]] SparsePattern csr_pattern(const Tensor& starts, const Tensor& columns,
                                        std::int64_t cols);
[[nodiscard]] SparsePattern n_of_m_pattern(const Tensor& places, std::int64_t cols, int n, int m);
/// Blocks of block_rows x block_cols in a matrix [rows, cols], which they need not divide.
[[nodiscard]] SparsePattern blocks_pattern(const Tensor& columns, std::int64_t rows,
                                           std::int64_t cols, int block_rows, int block_cols);

/// The pattern of a mask (b1 [rows, cols]) that keeps `width` in every row, or N in every run of M:
/// quant::keep_mask makes them. Of rows that keep more the first are taken; rows that keep fewer
/// are filled up with the last column. Throws InvalidArgument for a width above cols.
[[nodiscard]] SparsePattern rows_of_mask(const Tensor& mask, std::int64_t width);
[[nodiscard]] SparsePattern n_of_m_of_mask(const Tensor& mask, int n, int m);
/// Of a mask that keeps whole blocks, `width` of them in every row of blocks: what it says of the
/// first value of each counts.
[[nodiscard]] SparsePattern blocks_of_mask(const Tensor& mask, int block_rows, int block_cols,
                                           std::int64_t width);
/// Rows of any lengths: `entries` is what the mask keeps in all. Of a mask that keeps more the
/// first are taken; where it keeps fewer, the columns behind starts[rows] are 0 and belong to no
/// row, and their values are unspecified.
[[nodiscard]] SparsePattern csr_of_mask(const Tensor& mask, std::int64_t entries);

/// A pattern and its values: f32 or f16 of values_shape(), or packed codes [rows, width] with
/// `scales` f32 [rows], whose value is scale * code (signs: s1). Csr takes no codes.
struct SparseMatrix {
  SparsePattern pattern;
  Tensor values;
  Tensor scales = {};
};

/// Values of dense f32 [rows, cols] at the entries, and back to a dense matrix with zeros
/// elsewhere. Each is the derivative of the other. to_dense takes f32 values; where entries repeat
/// a column the first counts (of blocks, any: they must not repeat).
[[nodiscard]] Tensor entries_of(const SparsePattern& pattern, const Tensor& dense);
[[nodiscard]] Tensor to_dense(const SparsePattern& pattern, const Tensor& values);
/// `dense` with `values` at the entries: as the value of an assignment to `dense` itself it writes
/// the entries alone.
[[nodiscard]] Tensor replace_entries(const SparsePattern& pattern, const Tensor& dense,
                                     const Tensor& values);

/// Whether products with blocks of that size are faster block by block than entry by entry, as rows
/// of equal length.
[[nodiscard]] bool blocks_are_faster(std::int64_t block_rows, std::int64_t block_cols);

// Products with many entries (more than a quarter of f32 values, of blocks up to a half, with 32
// columns and more) are made densely, because that is faster: to_dense() and matmul(), or matmul()
// and entries_of().

/// y = S x: x f32 [cols, n], y [rows, n]. Differentiable any number of times in x and in f32
/// values, whose gradient is made at the entries only.
[[nodiscard]] Tensor sparse_matmul(const SparseMatrix& s, const Tensor& x);
/// y = x S^T, as a layer needs it: x f32 [n, cols], y [n, rows].
[[nodiscard]] Tensor sparse_linear(const Tensor& x, const SparseMatrix& s);
/// y = x W^T for a dense W (f32 [rows, cols]) that is zero outside of the pattern. Only the entries
/// are multiplied, but the gradient is that of the dense product and reaches all of W.
[[nodiscard]] Tensor pruned_linear(const Tensor& x, const Tensor& w, const SparsePattern& pattern);
/// z = S^T y: y f32 [rows, n], z [cols, n].
[[nodiscard]] Tensor sparse_matmul_transposed(const SparseMatrix& s, const Tensor& y);
/// z = y S: y f32 [n, rows], z [n, cols].
[[nodiscard]] Tensor sparse_linear_transposed(const Tensor& y, const SparseMatrix& s);

/// s[e] = sum_c a[i, c] b[k, c] for each entry e = (i, k): a f32 [rows, n], b f32 [cols, n].
[[nodiscard]] Tensor sampled_matmul(const SparsePattern& pattern, const Tensor& a, const Tensor& b);

/// The pattern by column: by_column where that is given. The transposed products make it
/// themselves; equal ones are merged.
[[nodiscard]] TransposedTensors transposed(const SparsePattern& pattern);

}  // namespace ridgeback
