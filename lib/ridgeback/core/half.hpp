// SPDX-License-Identifier: Apache-2.0
// IEEE binary16 on the host.
#pragma once

#include <cstdint>

namespace ridgeback {

/// Nearest half, ties to even; overflow gives infinity, NaN stays NaN.
[[nodiscard]] std::uint16_t half_from_float(float value);
[[nodiscard]] float float_from_half(std::uint16_t half);

}  // namespace ridgeback
