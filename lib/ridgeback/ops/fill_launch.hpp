// SPDX-License-Identifier: Apache-2.0
// The launch that writes one value everywhere. For sources of ops and quant only.
#pragma once

#include "ridgeback/graph/dispatch.hpp"

#include <cstdint>

namespace ridgeback::ops {

/// Writes `word` to every word of an output, which must have elements.
[[nodiscard]] Dispatch fill_launch(const LowerContext& context, int output,
                                   std::uint32_t word = 0);

}  // namespace ridgeback::ops
