// SPDX-License-Identifier: Apache-2.0
// Magnitude pruning to a sparse matrix: the pattern moves with the values, its size does not.
#pragma once

#include "ridgeback/ops/sparse.hpp"
#include "ridgeback/quant/quant.hpp"

namespace ridgeback::quant {

/// Where `sparsity` keeps values of x (f32 [rows, cols]), as keep_mask() does: rows of equal width
/// for a fraction of each channel or block, csr for a fraction of the tensor, N:M. `group` says
/// what Scope::block means. Not differentiable.
[[nodiscard]] SparsePattern kept_pattern(const Tensor& x, const Sparsity& sparsity,
                                         Group group = Group::channel());

/// The same of a mask that keep_mask() made with these options.
[[nodiscard]] SparsePattern pattern_of_mask(const Tensor& mask, const Sparsity& sparsity,
                                            Group group = Group::channel());

/// That pattern with the values of x there. The gradient of the values reaches x at the entries and
/// is zero elsewhere.
[[nodiscard]] SparseMatrix sparsify(const Tensor& x, const Sparsity& sparsity,
                                    Group group = Group::channel());

/// f32 [rows, 1]: the sum of the squares of what a pattern leaves out of each row of x. Not
/// differentiable.
[[nodiscard]] Tensor pruned_squares(const Tensor& x, const SparsePattern& pattern);

/// denoise(x) at the entries of a pattern that stays while x moves there: `values` are
/// entries_of(pattern, x), `squares` pruned_squares(x, pattern), which only Codebook::none looks at
/// (may be null for others). Equal to denoise(x) there as long as the pattern is the one that x
/// would be pruned to now, and so is the gradient of the values. Throws Unsupported for csr
/// patterns, for blocks that are not whole rows, for affine codes, for ranges of all values and for
/// a live scale.
[[nodiscard]] Tensor denoise_entries(const Tensor& values, const Tensor& squares,
                                     const SparsePattern& pattern, const Perturbation& perturbation,
                                     const PerturbInputs& inputs = {});

}  // namespace ridgeback::quant
