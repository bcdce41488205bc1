// SPDX-License-Identifier: Apache-2.0
// Cuts one block of memory into slices. Knows offsets only, no Vulkan.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

namespace ridgeback::gpu {

/// Free list with coalescing; offsets and sizes are multiples of 256 bytes, which satisfies every
/// storage offset alignment and non-coherent atom that Vulkan allows.
class FreeList {
 public:
  static constexpr std::uint64_t granularity = 256;

  explicit FreeList(std::uint64_t bytes);

  /// Offset of a slice of at least `bytes` (at least 1), or nothing where no gap is large enough.
  /// `alignment` is a power of two. Takes the smallest gap that fits.
  [[nodiscard]] std::optional<std::uint64_t> allocate(std::uint64_t bytes,
                                                      std::uint64_t alignment = granularity);
  /// Gives back a slice that allocate returned.
  void release(std::uint64_t offset);

  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t free_bytes() const { return free_bytes_; }
  [[nodiscard]] std::uint64_t largest_gap() const;
  [[nodiscard]] bool unused() const { return used_.empty(); }

 private:
  std::uint64_t bytes_ = 0;
  std::uint64_t free_bytes_ = 0;
  std::map<std::uint64_t, std::uint64_t> gaps_;  ///< offset to bytes
  std::map<std::uint64_t, std::uint64_t> used_;
};

}  // namespace ridgeback::gpu
