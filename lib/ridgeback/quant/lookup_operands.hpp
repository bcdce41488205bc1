// SPDX-License-Identifier: Apache-2.0
// Operands laid out for shaders/matmul/lookup_ints.glsl and row_pairs.glsl, in scratch memory of
// the product.
#pragma once

#include "ridgeback/graph/dispatch.hpp"

#include <cstdint>

namespace ridgeback::quant {

/// A launch that fills scratch, and how much of it.
struct LaidOut {
  Dispatch launch;
  std::int64_t bytes = 0;
};

/// Codes of i2, i4 or i8 (input `from`, its last axis the columns) with `rows` (2 or 4) rows side
/// by side in words.
[[nodiscard]] LaidOut row_groups(const LowerContext& context, int from, int rows, int scratch);

/// How many rows look-ups want in a word.
[[nodiscard]] int lookup_rows(DType x);

/// Words 0 .. `words` of every row of input `from`, rows x pitch words, word by word.
[[nodiscard]] LaidOut turned_words(const LowerContext& context, int from, std::int64_t rows,
                                   std::int64_t pitch, std::int64_t words, int scratch);

/// A packed matrix (input `from`) transposed, as rows of packed codes or, for_lookup, word by word.
[[nodiscard]] LaidOut transposed_codes(const LowerContext& context, int from, bool for_lookup,
                                       int scratch);

/// The constant FLUSH: words of codes after which sums of x must be read, 0 where no block has
/// more.
[[nodiscard]] std::uint32_t lookup_flush(DType x, DType w, std::int64_t block);

/// The constant FLUSH of row_pairs.glsl: 32 codes of a block of one or two times as many, or 0.
[[nodiscard]] std::uint32_t row_pairs_windows(std::int64_t block);

/// Words of 32 codes that the lookups take of each row or column: 2 of ternary and i2 codes.
[[nodiscard]] std::int64_t lookup_planes(DType w);

}  // namespace ridgeback::quant
