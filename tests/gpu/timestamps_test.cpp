// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/gpu/timestamps.hpp"

#include <cmath>
#include <gtest/gtest.h>

namespace ridgeback::gpu {
namespace {

using Ticks = std::vector<std::optional<std::uint64_t>>;

TEST(Timestamps, CountFromSlotZeroInUnitsOfThePeriod) {
  EXPECT_EQ(ticks_to_ns(Ticks{100, 100, 150}, 64, 2.0), (std::vector<double>{0, 0, 100}));
}

TEST(Timestamps, ACounterThatWrappedIsStraightened) {
  const std::uint64_t last = (std::uint64_t{1} << 36) - 1;
  EXPECT_EQ(ticks_to_ns(Ticks{last, 4}, 36, 1.0), (std::vector<double>{0, 5}));
  EXPECT_EQ(ticks_to_ns(Ticks{~std::uint64_t{0}, 1}, 64, 1.0), (std::vector<double>{0, 2}));
}

TEST(Timestamps, SlotsThatWereNotWrittenAreNotNumbers) {
  const std::vector<double> times = ticks_to_ns(Ticks{5, std::nullopt, 6}, 64, 1.0);
  EXPECT_TRUE(std::isnan(times[1]));
  EXPECT_EQ(times[2], 1);
  EXPECT_TRUE(std::isnan(ticks_to_ns(Ticks{std::nullopt, 6}, 64, 1.0)[1]));
  EXPECT_TRUE(ticks_to_ns(Ticks{}, 64, 1.0).empty());
}

}  // namespace
}  // namespace ridgeback::gpu
