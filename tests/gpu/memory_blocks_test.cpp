// SPDX-License-Identifier: Apache-2.0
// Properties of the sub-allocator over random sequences.
#include "ridgeback/gpu/memory_blocks.hpp"

#include "ridgeback/core/random.hpp"

#include <gtest/gtest.h>
#include <map>
#include <vector>

namespace ridgeback::gpu {
namespace {

TEST(MemoryBlocks, SlicesNeverOverlapAndEverythingComesBack) {
  Random random(7);
  for (int round = 0; round < 20; ++round) {
    const std::uint64_t total = 256 * (1 + random.below(4000));
    FreeList list(total);
    std::map<std::uint64_t, std::uint64_t> live;
    std::uint64_t taken = 0;
    for (int step = 0; step < 500; ++step) {
      if (!live.empty() && random.below(5) < 2) {
        auto victim = live.begin();
        std::advance(victim, random.below(static_cast<std::uint32_t>(live.size())));
        list.release(victim->first);
        taken -= victim->second;
        live.erase(victim);
      } else {
        const std::uint64_t bytes = random.below(40000);
        const std::uint64_t alignment = std::uint64_t{1} << random.below(14);
        const auto offset = list.allocate(bytes, alignment);
        if (!offset) {
          // Refused only where no gap could hold it, whatever its alignment.
          EXPECT_LT(list.largest_gap(), bytes + std::max<std::uint64_t>(alignment, 256) + 256);
          continue;
        }
        const std::uint64_t size = (std::max<std::uint64_t>(bytes, 1) + 255) / 256 * 256;
        ASSERT_EQ(*offset % std::max<std::uint64_t>(alignment, 256), 0U);
        ASSERT_LE(*offset + size, total);
        const auto next = live.lower_bound(*offset);
        if (next != live.end()) {
          ASSERT_LE(*offset + size, next->first);
        }
        if (next != live.begin()) {
          const auto previous = std::prev(next);
          ASSERT_LE(previous->first + previous->second, *offset);
        }
        live.emplace(*offset, size);
        taken += size;
      }
      ASSERT_EQ(list.free_bytes(), total - taken);
    }
    for (const auto& [offset, size] : live) list.release(offset);
    EXPECT_TRUE(list.unused());
    EXPECT_EQ(list.largest_gap(), total) << "gaps did not coalesce";
  }
}

TEST(MemoryBlocks, TheSmallestGapThatFitsIsTaken) {
  FreeList list(256 * 20);
  std::vector<std::uint64_t> offsets;
  for (const std::uint64_t units : {5U, 1U, 2U, 1U, 3U, 1U}) {
    offsets.push_back(list.allocate(units * 256).value());
  }
  list.release(offsets[0]);
  list.release(offsets[2]);
  list.release(offsets[4]);
  EXPECT_EQ(list.allocate(2 * 256).value(), offsets[2]);
  EXPECT_EQ(list.allocate(3 * 256).value(), offsets[4]);
  EXPECT_EQ(list.allocate(4 * 256).value(), offsets[0]);
}

TEST(MemoryBlocks, EdgesAreExact) {
  FreeList list(512);
  EXPECT_FALSE(list.allocate(513));
  EXPECT_FALSE(list.allocate(~std::uint64_t{0}));
  EXPECT_EQ(list.allocate(512).value(), 0U);
  EXPECT_FALSE(list.allocate(0)) << "an empty slice still has an address of its own";
  list.release(0);
  EXPECT_EQ(list.allocate(0).value(), 0U);
  EXPECT_EQ(list.free_bytes(), 256U);
  FreeList nothing(255);
  EXPECT_FALSE(nothing.allocate(1));
}

}  // namespace
}  // namespace ridgeback::gpu
