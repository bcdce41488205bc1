// SPDX-License-Identifier: Apache-2.0
// How a program is cut into submissions. Pure: no device.
#pragma once

#include "ridgeback/core/capabilities.hpp"
#include "ridgeback/graph/program.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace ridgeback {

/// A launch or a part of one: `count` groups on each axis from `base`.
struct Slice {
  int launch = 0;
  std::array<std::uint32_t, 3> base{};
  std::array<std::uint32_t, 3> count{};
  bool operator==(const Slice&) const = default;
};

/// Slices of one submission, in order.
using Segment = std::vector<Slice>;

/// A cautious guess, in ms: real devices are faster, so a submission stays below the budget.
[[nodiscard]] double estimated_ms(const Dispatch& dispatch, DeviceClass device_class);

/// Fills submissions up to the budget, never splitting a launch that fits in one; a launch
/// estimated above the budget is cut along its largest axis of groups. A launch also never exceeds
/// `max_groups` on an axis.
[[nodiscard]] std::vector<Segment> cut_segments(const Program& program, DeviceClass device_class,
                                                double budget_ms,
                                                const std::array<std::uint32_t, 3>& max_groups);

}  // namespace ridgeback
