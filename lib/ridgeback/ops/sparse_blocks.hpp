// SPDX-License-Identifier: Apache-2.0
// Launches of the products with matrices of blocks, which are made block by block. For sources of
// ops only.
#pragma once

#include "ridgeback/graph/dispatch.hpp"
#include "ridgeback/ops/sparse_format.hpp"

#include <optional>

namespace ridgeback::ops {

/// Inputs of a product with a matrix of blocks: `starts`, `block_rows` and `places` by column where
/// that is transposed.
struct BlockInputs {
  struct ByColumn {
    int starts, rows, places;
  };
  int columns;
  int values;
  int scales;  ///< any where values are no codes
  int x;
  std::optional<ByColumn> transposed;
};

/// Output 0, f32 with at least one value, = S x or S^T x, for at least one entry.
[[nodiscard]] Dispatch blocks_times_dense(const LowerContext& context, const PatternShape& pattern,
                                          const BlockInputs& inputs);

/// Output 0 = the products of the rows of inputs `a` and `b`, which have a column at least, at the
/// entries, of which there is one at least.
[[nodiscard]] Dispatch products_at_blocks(const LowerContext& context, const PatternShape& pattern,
                                          int columns, int a, int b);

}  // namespace ridgeback::ops
