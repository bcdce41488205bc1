// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/gpu/memory_blocks.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>

namespace ridgeback::gpu {
namespace {

std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

}  // namespace

FreeList::FreeList(std::uint64_t bytes)
    : bytes_(bytes / granularity * granularity), free_bytes_(bytes_) {
  if (bytes_ > 0) gaps_.emplace(0, bytes_);
}

std::optional<std::uint64_t> FreeList::allocate(std::uint64_t bytes, std::uint64_t alignment) {
  if (bytes > bytes_) return {};
  const std::uint64_t size = round_up(std::max<std::uint64_t>(bytes, 1), granularity);
  const std::uint64_t unit = std::max(alignment, granularity);
  auto best = gaps_.end();
  for (auto gap = gaps_.begin(); gap != gaps_.end(); ++gap) {
    const std::uint64_t start = round_up(gap->first, unit);
    const bool fits =
        start - gap->first <= gap->second && gap->second - (start - gap->first) >= size;
    if (fits && (best == gaps_.end() || gap->second < best->second)) best = gap;
  }
  if (best == gaps_.end()) return {};
  const auto [gap_start, gap_bytes] = *best;
  const std::uint64_t start = round_up(gap_start, unit);
  gaps_.erase(best);
  if (start > gap_start) gaps_.emplace(gap_start, start - gap_start);
  const std::uint64_t end = start + size;
  if (gap_start + gap_bytes > end) gaps_.emplace(end, gap_start + gap_bytes - end);
  used_.emplace(start, size);
  free_bytes_ -= size;
  return start;
}

void FreeList::release(std::uint64_t offset) {
  const auto slice = used_.find(offset);
  assert(slice != used_.end());
  if (slice == used_.end()) return;
  std::uint64_t start = offset;
  std::uint64_t size = slice->second;
  free_bytes_ += size;
  used_.erase(slice);
  auto next = gaps_.lower_bound(start);
  if (next != gaps_.end() && next->first == start + size) {
    size += next->second;
    next = gaps_.erase(next);
  }
  if (next != gaps_.begin()) {
    const auto previous = std::prev(next);
    if (previous->first + previous->second == start) {
      start = previous->first;
      size += previous->second;
      gaps_.erase(previous);
    }
  }
  gaps_.emplace(start, size);
}

std::uint64_t FreeList::largest_gap() const {
  std::uint64_t largest = 0;
  for (const auto& [offset, size] : gaps_) largest = std::max(largest, size);
  return largest;
}

}  // namespace ridgeback::gpu
