// SPDX-License-Identifier: Apache-2.0
// Counter-based random numbers: Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as
// 1, 2, 3", SC 2011). The same key and counter give the same bits on the host and in
// shaders/common/random.glsl.
#pragma once

#include <array>
#include <cstdint>

namespace ridgeback {

/// Four independent words for a 64-bit key and a 128-bit counter.
[[nodiscard]] std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 2> key,
                                                  std::array<std::uint32_t, 4> counter);

/// A float in [0, 1) with 24 random bits.
[[nodiscard]] constexpr float unit_float(std::uint32_t word) {
  return static_cast<float>(word >> 8) * (1.0F / 16777216.0F);
}

/// A sequential view on one Philox stream: for shuffles, initial values and drawn data.
class Random {
 public:
  /// Streams of one seed are independent of each other.
  explicit Random(std::uint64_t seed, std::uint64_t stream = 0);

  [[nodiscard]] std::uint32_t word();
  /// Uniform in [0, 1).
  [[nodiscard]] float uniform() { return unit_float(word()); }
  /// Uniform in [low, high).
  [[nodiscard]] float uniform(float low, float high) { return low + (high - low) * uniform(); }
  /// Standard normal (Box-Muller).
  [[nodiscard]] float normal();
  /// Uniform in 0..bound-1 without bias; bound must be above 0.
  [[nodiscard]] std::uint32_t below(std::uint32_t bound);

 private:
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 4> block_{};
  int used_ = 4;
};

}  // namespace ridgeback
