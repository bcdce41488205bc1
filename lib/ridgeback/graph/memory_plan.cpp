// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/graph/memory_plan.hpp"

#include "ridgeback/core/shape.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace ridgeback {
namespace {

struct Block {
  std::int64_t begin;
  std::int64_t end;
};

bool overlap_in_time(const Lifetime& a, const Lifetime& b) {
  return a.first <= b.last && b.first <= a.last;
}

// The smallest gap between `taken` (sorted) that holds `bytes`, or the end of the last block.
std::int64_t best_gap(const std::vector<Block>& taken, std::int64_t bytes) {
  std::int64_t best = -1;
  std::int64_t best_size = std::numeric_limits<std::int64_t>::max();
  std::int64_t cursor = 0;
  for (const Block& block : taken) {
    const std::int64_t gap = block.begin - cursor;
    if (gap >= bytes && gap < best_size) {
      best = cursor;
      best_size = gap;
    }
    cursor = std::max(cursor, block.end);
  }
  return best >= 0 ? best : cursor;
}

}  // namespace

std::int64_t MemoryPlan::total_bytes() const {
  return std::accumulate(arena_bytes.begin(), arena_bytes.end(), std::int64_t{0});
}

MemoryPlan plan_memory(std::span<const Lifetime> lifetimes, std::int64_t alignment,
                       std::int64_t max_arena_bytes) {
  std::vector<std::size_t> order(lifetimes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
    return lifetimes[a].bytes != lifetimes[b].bytes ? lifetimes[a].bytes > lifetimes[b].bytes
                                                    : lifetimes[a].first < lifetimes[b].first;
  });
  MemoryPlan plan;
  plan.placements.resize(lifetimes.size());
  std::vector<std::vector<std::size_t>> members;
  for (const std::size_t index : order) {
    const std::int64_t bytes =
        round_up(std::max<std::int64_t>(lifetimes[index].bytes, 1), alignment);
    for (int arena = 0;; ++arena) {
      const auto slot = static_cast<std::size_t>(arena);
      if (slot == members.size()) {
        members.emplace_back();
        plan.arena_bytes.push_back(0);
      }
      std::vector<Block> taken;
      for (const std::size_t other : members[slot]) {
        if (!overlap_in_time(lifetimes[index], lifetimes[other])) continue;
        const std::int64_t begin = plan.placements[other].offset;
        taken.push_back({begin, begin + round_up(std::max<std::int64_t>(lifetimes[other].bytes, 1),
                                                 alignment)});
      }
      std::ranges::sort(taken, {}, &Block::begin);
      const std::int64_t offset = best_gap(taken, bytes);
      if (offset + bytes > max_arena_bytes && !members[slot].empty()) continue;
      plan.placements[index] = {arena, offset};
      plan.arena_bytes[slot] = std::max(plan.arena_bytes[slot], offset + bytes);
      members[slot].push_back(index);
      break;
    }
  }
  return plan;
}

std::int64_t memory_lower_bound(std::span<const Lifetime> lifetimes, std::int64_t alignment) {
  std::int64_t bound = 0;
  for (const Lifetime& at : lifetimes) {
    std::int64_t alive = 0;
    for (const Lifetime& other : lifetimes) {
      if (other.first <= at.first && at.first <= other.last) {
        alive += round_up(std::max<std::int64_t>(other.bytes, 1), alignment);
      }
    }
    bound = std::max(bound, alive);
  }
  return bound;
}

}  // namespace ridgeback
