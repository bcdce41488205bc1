// SPDX-License-Identifier: Apache-2.0
// Random shifts and mirrorings of training images, deterministic from (seed, epoch, sample).
#pragma once

#include "ridgeback/core/shape.hpp"

#include <cstdint>
#include <span>

namespace ridgeback::data {

struct Augmentation {
  int shift = 0;      ///< moves by up to this many pixels along each axis; uncovered pixels are 0
  bool flip = false;  ///< mirrors left-right with probability 1/2

  [[nodiscard]] bool any() const { return shift > 0 || flip; }
  bool operator==(const Augmentation&) const = default;
};

/// Writes the augmented copy of one image of shape {height, width[, channels]}. `sample` is the
/// sample's index in the split. `from` and `to` must not overlap and hold shape.count() bytes.
void augment(const Augmentation& augmentation, std::uint64_t seed, std::int64_t epoch,
             std::uint32_t sample, const Shape& shape, std::span<const std::uint8_t> from,
             std::span<std::uint8_t> to);

}  // namespace ridgeback::data
