// SPDX-License-Identifier: Apache-2.0
// Packed inputs of cases.
#pragma once

#include "ridgeback/core/dtype.hpp"

#include <cstdint>

#include "harness/inputs.hpp"

namespace ridgeback::test {

inline constexpr DType packed_types[] = {DType::b1, DType::s1, DType::ternary,
                                         DType::i2, DType::i4, DType::i8};

/// Every code of the packed type.
[[nodiscard]] Input codes(const Shape& shape, DType type, std::uint64_t seed);

/// Pairs (s, o) of rows of `cols` codes in blocks of `block`, 0 for whole rows: multiples of 1/4
/// below 2, so that with few codes every sum is exact in f32, whatever the order.
[[nodiscard]] Input factors(std::int64_t rows, std::int64_t cols, int block, std::uint64_t seed);

/// s q + o of codes and such pairs.
[[nodiscard]] Array dequantized(const Array& codes, const Array& factors, int block);

}  // namespace ridgeback::test
