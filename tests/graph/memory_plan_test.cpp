// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/graph/memory_plan.hpp"

#include "ridgeback/core/random.hpp"
#include "ridgeback/core/shape.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <gtest/gtest.h>

namespace ridgeback {
namespace {

constexpr std::int64_t unlimited = std::int64_t{1} << 40;

std::vector<Lifetime> random_lifetimes(Random& random) {
  std::vector<Lifetime> lifetimes(random.below(60));
  for (Lifetime& life : lifetimes) {
    life.bytes = random.below(5) == 0 ? random.below(3) : random.below(100000);
    life.first = static_cast<int>(random.below(40));
    life.last = life.first + static_cast<int>(random.below(random.below(4) == 0 ? 40 : 4));
  }
  return lifetimes;
}

void expect_sound(const std::vector<Lifetime>& lifetimes, const MemoryPlan& plan,
                  std::int64_t alignment, std::int64_t most) {
  ASSERT_EQ(plan.placements.size(), lifetimes.size());
  std::int64_t largest = 0;
  for (std::size_t i = 0; i < lifetimes.size(); ++i) {
    const Placement& a = plan.placements[i];
    EXPECT_EQ(a.offset % alignment, 0);
    EXPECT_LE(a.offset + lifetimes[i].bytes, plan.arena_bytes[static_cast<std::size_t>(a.arena)]);
    largest = std::max(largest, round_up(lifetimes[i].bytes, alignment));
    for (std::size_t j = 0; j < i; ++j) {
      const Placement& b = plan.placements[j];
      const bool together = lifetimes[i].first <= lifetimes[j].last &&
                            lifetimes[j].first <= lifetimes[i].last && a.arena == b.arena;
      const bool touching = a.offset < b.offset + std::max<std::int64_t>(lifetimes[j].bytes, 1) &&
                            b.offset < a.offset + std::max<std::int64_t>(lifetimes[i].bytes, 1);
      EXPECT_FALSE(together && touching) << i << " and " << j;
    }
  }
  for (const std::int64_t bytes : plan.arena_bytes) EXPECT_LE(bytes, std::max(most, largest));
}

TEST(MemoryPlan, NeverOverlapsInTimeAndSpace) {
  Random random(1);
  for (int i = 0; i < 500 && !testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE(fmt::format("plan {}", i));
    const std::vector<Lifetime> lifetimes = random_lifetimes(random);
    const std::int64_t alignment = std::int64_t{4} << random.below(8);
    const MemoryPlan whole = plan_memory(lifetimes, alignment, unlimited);
    expect_sound(lifetimes, whole, alignment, unlimited);
    EXPECT_LE(whole.arena_bytes.size(), 1U);
    EXPECT_GE(whole.total_bytes(), memory_lower_bound(lifetimes, alignment));
    const std::int64_t most = 50000 + random.below(100000);
    expect_sound(lifetimes, plan_memory(lifetimes, alignment, most), alignment, most);
  }
}

TEST(MemoryPlan, ComesCloseToTheLowerBound) {
  Random random(2);
  double used = 0;
  double bound = 0;
  for (int i = 0; i < 200; ++i) {
    const std::vector<Lifetime> lifetimes = random_lifetimes(random);
    used += static_cast<double>(plan_memory(lifetimes, 256, unlimited).total_bytes());
    bound += static_cast<double>(memory_lower_bound(lifetimes, 256));
  }
  EXPECT_LT(used, 1.15 * bound);
}

TEST(MemoryPlan, LowerBoundIsTheMostBytesAliveAtOnce) {
  EXPECT_EQ(memory_lower_bound({}, 16), 0);
  const std::vector<Lifetime> lifetimes{{100, 0, 2}, {10, 1, 1}, {50, 2, 3}, {60, 3, 3}};
  EXPECT_EQ(memory_lower_bound(lifetimes, 1), 150);
  EXPECT_EQ(memory_lower_bound(lifetimes, 64), 192);
  EXPECT_EQ(plan_memory(lifetimes, 1, unlimited).total_bytes(), 150);
}

TEST(MemoryPlan, GivesAnArenaOfItsOwnToWhatIsLargerThanAll) {
  const std::vector<Lifetime> lifetimes{{1000, 0, 9}, {10, 0, 9}, {10, 0, 9}};
  const MemoryPlan plan = plan_memory(lifetimes, 1, 100);
  EXPECT_EQ(plan.arena_bytes, (std::vector<std::int64_t>{1000, 20}));
}

TEST(MemoryPlan, DependsOnTheLifetimesAlone) {
  Random random(3);
  const std::vector<Lifetime> lifetimes = random_lifetimes(random);
  EXPECT_EQ(plan_memory(lifetimes, 64, unlimited).placements,
            plan_memory(lifetimes, 64, unlimited).placements);
}

}  // namespace
}  // namespace ridgeback
