// SPDX-License-Identifier: Apache-2.0
// Where temporaries live: a pure function from lifetimes to offsets in a few arenas.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace ridgeback {

/// Storage that is needed from level `first` to level `last`, both included.
struct Lifetime {
  std::int64_t bytes = 0;
  int first = 0;
  int last = 0;
};

struct Placement {
  int arena = 0;
  std::int64_t offset = 0;
  bool operator==(const Placement&) const = default;
};

struct MemoryPlan {
  std::vector<Placement> placements;  ///< one per lifetime
  std::vector<std::int64_t> arena_bytes;
  [[nodiscard]] std::int64_t total_bytes() const;
};

/// Greedy by size, best fit: lifetimes that overlap in time never overlap in space. Offsets are
/// multiples of `alignment`; no arena is larger than `max_arena_bytes` unless one lifetime alone
/// is.
[[nodiscard]] MemoryPlan plan_memory(std::span<const Lifetime> lifetimes, std::int64_t alignment,
                                     std::int64_t max_arena_bytes);

/// The most bytes alive on one level, each rounded up to `alignment`: no plan can need less.
[[nodiscard]] std::int64_t memory_lower_bound(std::span<const Lifetime> lifetimes,
                                              std::int64_t alignment);

}  // namespace ridgeback
