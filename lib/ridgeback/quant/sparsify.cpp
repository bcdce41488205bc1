// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/sparsify.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/quant/block_shape.hpp"
#include "ridgeback/quant/quant.hpp"

#include <fmt/core.h>

namespace ridgeback::quant {
namespace {

// Values that a fraction keeps in a row of blocks, the last of which may be short.
std::int64_t kept_in_row(const Shape& shape, double zeros, Group group) {
  const BlockShape s = block_shape(shape, group);
  if (s.blocks == 0) return 0;
  const std::int64_t tail = s.cols - (s.blocks - 1) * s.block;
  return (s.blocks - 1) * kept_of(zeros, s.block) + kept_of(zeros, tail);
}

}  // namespace

SparsePattern kept_pattern(const Tensor& x, const Sparsity& sparsity, Group group) {
  require(x.shape().rank() == 2,
          fmt::format("kept_pattern: expected a matrix (got {})", x.spec().text()));
  const Tensor mask = keep_mask(x, sparsity, group);
  if (sparsity.kind == Sparsity::Kind::n_of_m) return n_of_m_of_mask(mask, sparsity.n, sparsity.m);
  const std::int64_t count = x.shape().count();
  if (sparsity.scope == Sparsity::Scope::tensor ||
      (sparsity.scope == Sparsity::Scope::block && group == Group::tensor())) {
    return csr_of_mask(mask, count == 0 ? 0 : kept_of(sparsity.zeros, count));
  }
  const bool blocks = sparsity.scope == Sparsity::Scope::block;
  return rows_of_mask(mask,
                      kept_in_row(x.shape(), sparsity.zeros, blocks ? group : Group::channel()));
}

SparseMatrix sparsify(const Tensor& x, const Sparsity& sparsity, Group group) {
  const SparsePattern pattern = kept_pattern(x, sparsity, group);
  return {pattern, entries_of(pattern, x)};
}

}  // namespace ridgeback::quant
