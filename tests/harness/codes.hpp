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

}  // namespace ridgeback::test
