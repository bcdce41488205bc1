// SPDX-License-Identifier: Apache-2.0
// The definition of how matrices that are mostly zero lie in files: below one bit a weight where
// few are kept. Kernels never read this form.
//
// Three header words, then a stream of bits, least significant first, with zeros to its last word:
//   word 0   form: 0 mask, 1 places, 2 gaps
//   word 1   places: columns of a run; rows are cut into runs, the last may be short. gaps: k, 0 to
//            31. mask: 0
//   word 2   kept values: in every full run (a short one has min(that, its length)) or, of gaps, in
//            all; mask: 0
//   mask     one bit for each value, row by row: 1 is kept; then the kept codes
//   places   for each kept value its place in its run, ascending, in as few bits as run - 1 takes,
//            and its code
//   gaps     for each kept value the number g of zeros since the last one, rows one after the
//            other, as floor(g / 2^k) ones, a zero, and the low k bits of g (R. F. Rice, "Some
//            Practical Universal Noiseless Coding Techniques", 1979); and its code
//   code     ternary: one bit, 1 means -1; i2, i4, i8: the stored code; f32: its bits
// Weights that keep n of each m are smallest as places or mask, few weights at any place as gaps:
// within a few percent of the entropy of where they are.
#pragma once

#include "ridgeback/core/dtype.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace ridgeback {

/// Types whose zeros may be left out: ternary, i2, i4, i8 and f32.
[[nodiscard]] bool can_compact(DType type);

/// The smallest of the forms above for rows x cols values: `words` are the rows of core/bits.hpp,
/// or f32 values. Empty where none is smaller than `words`. Throws InvalidArgument for another
/// type or a span of the wrong length.
[[nodiscard]] std::vector<std::uint32_t> compact(DType type, std::span<const std::uint32_t> words,
                                                 std::int64_t rows, std::int64_t cols);

/// The inverse. Throws InvalidArgument for words that compact() could not have written.
[[nodiscard]] std::vector<std::uint32_t> expand(DType type, std::span<const std::uint32_t> words,
                                                std::int64_t rows, std::int64_t cols);

}  // namespace ridgeback
