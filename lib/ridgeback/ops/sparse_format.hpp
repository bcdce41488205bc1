// SPDX-License-Identifier: Apache-2.0
// What operations on sparse matrices share: the shape of a pattern as part of an operation, and how
// launches describe it to kernels. For sources of ops only.
#pragma once

#include "ridgeback/graph/operation.hpp"
#include "ridgeback/ops/sparse.hpp"

#include <string>

#include "sparse/sparse.h"

namespace ridgeback::ops {

/// A pattern without its tensors: those are inputs 0 (starts; the columns again where the format
/// has none) and 1 (columns) of every operation.
struct PatternShape {
  SparsePattern::Kind kind = SparsePattern::Kind::rows;
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::int64_t width = 0;
  int n = 1;
  int m = 1;

  bool operator==(const PatternShape&) const = default;

  [[nodiscard]] std::string text() const;
  /// FORMAT of the shaders.
  [[nodiscard]] std::uint32_t format() const;
  [[nodiscard]] shaders::SparseFormat params(DType values = DType::f32) const;
  /// Of blocks: the pattern whose entries are the blocks.
  [[nodiscard]] PatternShape of_blocks() const;
};

[[nodiscard]] PatternShape shape_of(const SparsePattern& pattern);
/// The pattern that inputs 0 and 1 of a node of this shape are.
[[nodiscard]] SparsePattern pattern_of(const PatternShape& shape, const Tensor& starts,
                                       const Tensor& columns);
/// Inputs 0 and 1.
[[nodiscard]] std::vector<Tensor> inputs_of(const SparsePattern& pattern,
                                            std::initializer_list<Tensor> more);

/// What a product has of the sparse matrix: its entries, which a dense product must put into a
/// matrix first; a dense matrix, of which a sparse product must take the entries first; or, where
/// entries are the result, neither.
enum class AtHand : std::uint8_t { entries, matrix, neither };

/// Whether products of such a pattern with n columns are better made densely: those with many
/// entries and so many columns that it pays to make of what is at hand what is not.
[[nodiscard]] bool dense_is_faster(const SparsePattern& pattern, std::int64_t n, AtHand at_hand);

/// Invocations that share a row in kernels whose invocations take four entries at a time: one for
/// each four, as far as rows are equally long.
[[nodiscard]] std::int64_t lanes_of_row(const PatternShape& pattern, std::int64_t entries);

/// Launches that fill an f32 output with zeros.
[[nodiscard]] std::vector<Dispatch> zeros(const LowerContext& context);

}  // namespace ridgeback::ops
