// SPDX-License-Identifier: Apache-2.0
// The definition of every packed format, as host code. shaders/common/packed.glsl mirrors it.
//
// Codes are packed along the innermost (reduction) dimension into 32-bit words, least significant
// first. Every row starts on a 16-byte boundary, so that kernels may load four words at once;
// padding bits are 0.
//   b1       bit = code
//   s1       bit 1 means -1
//   i2 i4 i8 two's complement; an unsigned code q of b >= 2 bits is stored as q - 2^(b-1)
//   ternary  words interleaved in pairs: word 2i holds 32 signs (1 means -1), word 2i+1 the
//   non-zero
//            mask of the same 32 codes; the sign of a zero is 0
#pragma once

#include "ridgeback/core/dtype.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace ridgeback {

/// Words that `cols` codes take in one row, padding included: a multiple of 4.
[[nodiscard]] std::int64_t words_per_row(DType type, std::int64_t cols);

/// Smallest and largest code that a packed type holds.
struct CodeRange {
  int lowest;
  int highest;
};
[[nodiscard]] CodeRange code_range(DType type);

/// Packs rows x cols stored codes (row-major). Throws InvalidArgument for a code out of range (s1
/// takes -1 and +1 only) or a span of the wrong length.
[[nodiscard]] std::vector<std::uint32_t> pack(DType type, std::span<const std::int32_t> codes,
                                              std::int64_t rows, std::int64_t cols);

/// The inverse of pack.
[[nodiscard]] std::vector<std::int32_t> unpack(DType type, std::span<const std::uint32_t> words,
                                               std::int64_t rows, std::int64_t cols);

/// One code of a packed row.
[[nodiscard]] std::int32_t code_at(DType type, const std::uint32_t* row, std::int64_t col);

/// The packed type that holds codes of `bits` bits: b1, i2, i4 (3 and 4) or i8 (5 to 8).
[[nodiscard]] DType container_for(int bits);

}  // namespace ridgeback
