// SPDX-License-Identifier: Apache-2.0
// Products on packed codes: what pack_products rewrites matmul() of dequantized values to. The
// mathematics is described in lib/ridgeback/quant/README.md; none of these has a gradient.
//
// Batches: the first `batch_axes` axes of both operands, whose extents must be the same, number
// independent products, each of matrices with codes and factors of their own; what is said of axes
// and rows here holds for the axes after them. The result has these axes first, and the bits that
// the products have one by one with the same kernel, variant and tile.
#pragma once

#include "ridgeback/graph/tensor.hpp"

namespace ridgeback::quant {

/// A dequantized matrix of rows x cols values: x_hat[r,c] = s q[r,c] + o with (s, o) of the block
/// that holds c. `codes` has a packed type and at least one axis; the last one is the columns, all
/// others together are the rows. `factors` is f32 with rows * blocks * 2 elements, (s, o) in
/// [row][block] order. `block` is the length of a block along the columns, a multiple of 32 (the
/// last of a row may be short); 0 makes the whole row one block.
struct CodedMatrix {
  Tensor codes;
  Tensor factors;
  int block = 0;
};

/// y[m,n] = sum_k x_hat[m,k] w_hat[n,k], that is X W^T: the forward product of a layer, in integer
/// arithmetic within the blocks. Any packed types on either side. The blocks of one side must nest
/// in those of the other (one length divides the other, or a side has whole rows). Blocks are added
/// in ascending order, so that results do not depend on the tiling or on the other rows, but for
/// sums so long and results so few that sums are made in parts (ops/parts.hpp), which are added in
/// ascending order too. Result: the shape of x's codes with the last extent replaced by the rows of
/// w.
[[nodiscard]] Tensor matmul_codes(const CodedMatrix& x, const CodedMatrix& w, int batch_axes = 0);

/// y[m,n] = sum_r a[m,r] b_hat[r,n]: the backward product dX = dY W with dense a (f32 or f16, as in
/// the two products after it; the last axis is the reduction over the rows of b). Halves are read
/// as they are stored, and sums are f32. Result: f32 of the shape of a with the last extent
/// replaced by the columns of b.
[[nodiscard]] Tensor matmul_dense_codes(const Tensor& a, const CodedMatrix& b, int batch_axes = 0);

/// y[m,n] = sum_r a[r,m] b_hat[r,n]: the backward product dW = dY^T X. All axes of a but the last
/// are the reduction, together as long as the rows of b. Result: [m, n].
[[nodiscard]] Tensor matmul_dense_codes_transposed(const Tensor& a, const CodedMatrix& b,
                                                   int batch_axes = 0);

/// y[m,n] = sum_k a[m,k] w_hat[n,k]: the forward product of dense activations with packed weights.
/// Result: the shape of a with the last extent replaced by the rows of w.
[[nodiscard]] Tensor matmul_dense_codes_rows(const Tensor& a, const CodedMatrix& w,
                                             int batch_axes = 0);

/// The first product above for groups of rows whose ends are known at run time, which
/// grouped_matmul() (ops/matmul.hpp) describes: x's codes are [R, K], w's [G, N, K], the result is
/// [R, N]. Rows have the bits that they have in a product of their own with the same kernel,
/// variant, tile and number of parts.
[[nodiscard]] Tensor grouped_matmul_codes(const CodedMatrix& x, const CodedMatrix& w,
                                          const Tensor& ends);

/// Likewise y[r,n] = sum_k a[r,k] b_hat[g,k,n]: a is [R, K] and b's codes are [G, K, N].
[[nodiscard]] Tensor grouped_matmul_dense_codes(const Tensor& a, const CodedMatrix& b,
                                                const Tensor& ends);

/// Likewise y[r,n] = sum_k a[r,k] w_hat[g,n,k].
[[nodiscard]] Tensor grouped_matmul_dense_codes_rows(const Tensor& a, const CodedMatrix& w,
                                                     const Tensor& ends);

/// y[g,m,n] = sum_r a[r,m] b_hat[r,n] over the rows r of group g, as grouped_matmul_transposed()
/// does: a is [R, M], b's codes are [R, N], the result is [G, M, N].
[[nodiscard]] Tensor grouped_matmul_dense_codes_transposed(const Tensor& a, const CodedMatrix& b,
                                                           const Tensor& ends);

/// y[m,n] = s_m sum_r q_a[m,r] q_b[r,n] + t_m, with exact integer sums: a backward product whose
/// gradient is coded too, the factors of b folded into the values behind a before they were coded.
/// `a` has codes of i2, i4 or i8 packed along the reduction, one block a row and offsets of 0
/// (a linear form; offsets are not read). `b_codes` [R, N] are of any packed type, packed along N;
/// `row_term` t is f32 of as many elements as a has rows, or null for 0. Result: the shape of a's
/// codes with the last extent replaced by N. Throws Unsupported where i32 could overflow: more than
/// 2^31 / (the product of the largest codes) rows of b, 131,071 for i8 with i8 and 16 million for
/// i8 with one bit.
[[nodiscard]] Tensor matmul_coded_rows(const CodedMatrix& a, const Tensor& b_codes,
                                       const Tensor& row_term = {});

/// Whether a node is matmul_coded_rows() without a term: its inputs are the codes and factors of a
/// and the codes of b. For passes.
[[nodiscard]] bool is_matmul_coded_rows_without_term(const Node& node);

}  // namespace ridgeback::quant
