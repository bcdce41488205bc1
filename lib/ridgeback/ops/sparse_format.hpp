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
};

[[nodiscard]] PatternShape shape_of(const SparsePattern& pattern);
/// The pattern that inputs 0 and 1 of a node of this shape are.
[[nodiscard]] SparsePattern pattern_of(const PatternShape& shape, const Tensor& starts,
                                       const Tensor& columns);
/// Inputs 0 and 1.
[[nodiscard]] std::vector<Tensor> inputs_of(const SparsePattern& pattern,
                                            std::initializer_list<Tensor> more);

/// How the dense operand [cols, n] is staged by CPU drivers (shaders/sparse/spmm_staged.comp).
struct Staging {
  std::int64_t local;    ///< invocations of a group: one subgroup
  std::int64_t lanes;    ///< entries that are handed round at a time
  std::int64_t depth;    ///< rows that fit into the array of an invocation
  std::int64_t columns;  ///< that an invocation stages: 1, 2 or 4
  std::int64_t panel;    ///< rows staged at a time: a multiple of m, even unless it is all of them
};
/// Most floats that an invocation stages. Compile time grows faster than they do: 0.9, 2.8 and 8 s
/// for 1024, 2048 and 4096 on lavapipe with a busy CPU, once for each disk cache.
constexpr std::int64_t most_staged = 2048;
[[nodiscard]] Staging staging(const Target& target, std::int64_t cols, std::int64_t n, int m,
                              std::int64_t most = most_staged);

/// Whether products of such a pattern with n columns are better made densely: from a fifth of the
/// entries on. Measured on lavapipe for 1024 x 64 x 1024, where the dense product overtakes at 18 %
/// (sparse_matmul) and 15 % (sampled_matmul); GPUs overtake earlier.
[[nodiscard]] bool dense_is_faster(const SparsePattern& pattern, std::int64_t n);

/// Launches that fill an f32 output with zeros.
[[nodiscard]] std::vector<Dispatch> zeros(const LowerContext& context);

}  // namespace ridgeback::ops
