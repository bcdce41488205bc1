// SPDX-License-Identifier: Apache-2.0
// From counter values to times.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace ridgeback::gpu {

/// Nanoseconds from slot 0. Counters have `valid_bits` bits and wrap; a slot that was not written
/// gives NaN, and so do all when slot 0 was not.
[[nodiscard]] std::vector<double> ticks_to_ns(std::span<const std::optional<std::uint64_t>> ticks,
                                              std::uint32_t valid_bits, double period_ns);

}  // namespace ridgeback::gpu
