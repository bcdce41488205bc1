// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/random.hpp"

#include "ridgeback/core/error.hpp"

#include <cmath>
#include <numbers>

namespace ridgeback {

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 2> key,
                                    std::array<std::uint32_t, 4> counter) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53U} * counter[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57U} * counter[2];
    counter = {
        static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
        static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key[0] += 0x9E3779B9U;
    key[1] += 0xBB67AE85U;
  }
  return counter;
}

Random::Random(std::uint64_t seed, std::uint64_t stream)
    : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
      counter_{0, 0, static_cast<std::uint32_t>(stream), static_cast<std::uint32_t>(stream >> 32)} {
}

std::uint32_t Random::word() {
  if (used_ == 4) {
    block_ = philox(key_, counter_);
    if (++counter_[0] == 0) ++counter_[1];
    used_ = 0;
  }
  return block_[static_cast<std::size_t>(used_++)];
}

float Random::normal() {
  const float radius = std::sqrt(-2.0F * std::log(1.0F - uniform()));
  return radius * std::cos(2.0F * std::numbers::pi_v<float> * uniform());
}

std::uint32_t Random::below(std::uint32_t bound) {
  require(bound > 0, "random: bound must be above 0");
  // Words below 2^32 mod bound would favour small results: draw again.
  const std::uint32_t rejected = (0U - bound) % bound;
  std::uint32_t drawn = word();
  while (drawn < rejected) drawn = word();
  return drawn % bound;
}

}  // namespace ridgeback
