// SPDX-License-Identifier: Apache-2.0
// FNV-1a: names cache files and checks them against damage, not against malice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace ridgeback::gpu {

inline constexpr std::uint64_t hash_seed = 0xcbf29ce484222325ULL;

[[nodiscard]] constexpr std::uint64_t hash_bytes(std::span<const std::byte> bytes,
                                                 std::uint64_t hash = hash_seed) {
  for (const std::byte byte : bytes) {
    hash = (hash ^ static_cast<std::uint64_t>(byte)) * 0x100000001b3ULL;
  }
  return hash;
}

}  // namespace ridgeback::gpu
