// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/data/augment.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/core/random.hpp"

#include <algorithm>

namespace ridgeback::data {
namespace {

// Keeps these counters apart from those of every Random stream, whose second word stays near 0.
constexpr std::uint32_t augment_tag = 0x6175676DU;

// A whole number in -limit..limit. The bias of the multiplication is below 2^-24 for any image.
std::int64_t draw_shift(std::uint32_t word, int limit) {
  const std::uint64_t choices = 2 * static_cast<std::uint64_t>(limit) + 1;
  return static_cast<std::int64_t>((word * choices) >> 32) - limit;
}

}  // namespace

void augment(const Augmentation& augmentation, std::uint64_t seed, std::int64_t epoch,
             std::uint32_t sample, const Shape& shape, std::span<const std::uint8_t> from,
             std::span<std::uint8_t> to) {
  require(shape.rank() == 2 || shape.rank() == 3, "augment: the sample is not an image");
  require(augmentation.shift >= 0, "augment: shift must not be negative");
  const auto size = static_cast<std::size_t>(shape.count());
  require(from.size() == size && to.size() == size, "augment: wrong number of bytes");

  const auto words =
      philox({static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
             {sample, augment_tag, static_cast<std::uint32_t>(epoch),
              static_cast<std::uint32_t>(static_cast<std::uint64_t>(epoch) >> 32)});
  const std::int64_t down = draw_shift(words[0], augmentation.shift);
  const std::int64_t right = draw_shift(words[1], augmentation.shift);
  const bool mirrored = augmentation.flip && (words[2] >> 31) != 0;

  const std::int64_t height = shape[0], width = shape[1], channels = shape.count(2, shape.rank());
  std::fill(to.begin(), to.end(), std::uint8_t{0});
  for (std::int64_t y = 0; y < height; ++y) {
    const std::int64_t from_y = y - down;
    if (from_y < 0 || from_y >= height) continue;
    for (std::int64_t x = 0; x < width; ++x) {
      const std::int64_t shifted = x - right;
      if (shifted < 0 || shifted >= width) continue;
      const std::int64_t from_x = mirrored ? width - 1 - shifted : shifted;
      const auto source =
          from.subspan(static_cast<std::size_t>((from_y * width + from_x) * channels),
                       static_cast<std::size_t>(channels));
      std::copy(source.begin(), source.end(),
                to.begin() + static_cast<std::ptrdiff_t>((y * width + x) * channels));
    }
  }
}

}  // namespace ridgeback::data
