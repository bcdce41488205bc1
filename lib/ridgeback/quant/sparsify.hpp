// SPDX-License-Identifier: Apache-2.0
// Magnitude pruning to a sparse matrix: the pattern moves with the values, its size does not.
#pragma once

#include "ridgeback/ops/sparse.hpp"
#include "ridgeback/quant/perturbation.hpp"

namespace ridgeback::quant {

/// Where `sparsity` keeps values of x (f32 [rows, cols]), as keep_mask() does: rows of equal width
/// for a fraction of each channel or block, csr for a fraction of the tensor, N:M. `group` says
/// what Scope::block means. Not differentiable.
[[nodiscard]] SparsePattern kept_pattern(const Tensor& x, const Sparsity& sparsity,
                                         Group group = Group::channel());

/// That pattern with the values of x there. The gradient of the values reaches x at the entries and
/// is zero elsewhere.
[[nodiscard]] SparseMatrix sparsify(const Tensor& x, const Sparsity& sparsity,
                                    Group group = Group::channel());

}  // namespace ridgeback::quant
