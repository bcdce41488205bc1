// SPDX-License-Identifier: Apache-2.0
// One matrix product as `bench` times it.
#pragma once

#include "ridgeback/core/dtype.hpp"

#include <cstdint>
#include <string>

#include "bench.hpp"

namespace ridgeback::cli {

/// y = x w^T of dense values or codes, with factors (s, o) for each row or block of codes.
struct ProductTypes {
  DType x = DType::f32;
  DType w = DType::f32;    ///< f32 or f16 only where x is one of them
  std::int64_t block = 0;  ///< codes of a block; 0: whole rows
  /// A product dX = dY W: x is the coded or dense gradient, w is packed along the columns.
  bool backward = false;
  /// Above 0: the rows of x are in so many groups of unlike sizes, each with a matrix w of its own,
  /// which has a share of the columns: as many weights as without groups.
  std::int64_t groups = 0;
};
/// "f32,f32", "b1,b1/64", "i8,b1/dx", "b1,b1/64/g8".
[[nodiscard]] std::string text(const ProductTypes& types);

/// y is [m, n], the sums have k terms.
struct MatrixExtents {
  std::int64_t m, n, k;
};

/// Throws Error where the result is wrong. `vs_f32` is left to the caller; `vs_naive` is there
/// where options.naive says so and the library has such a kernel.
[[nodiscard]] BenchResult bench_product(const Device& device, const Peaks& peaks,
                                        const BenchOptions& options, const ProductTypes& types,
                                        const MatrixExtents& extents);

}  // namespace ridgeback::cli
