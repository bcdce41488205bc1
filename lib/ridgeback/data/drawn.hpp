// SPDX-License-Identifier: Apache-2.0
// Digits drawn by program: a data set that needs no file.
#pragma once

#include "ridgeback/data/dataset.hpp"

#include <cstdint>

namespace ridgeback::data {

struct DrawnOptions {
  std::int64_t train = 20000;
  std::int64_t test = 2000;
  std::uint64_t seed = 1;
};

/// Grey 28x28 images of the ten digits: strokes in several hands, each point jittered, under a
/// random affine map and thickness, with noise, distracting strokes and blobs. Any number of
/// samples; classes follow each other in random order. The bytes are the same on every machine, and
/// sample i depends on (seed, split, i) only, so a smaller set is a prefix of a larger one.
/// Throws InvalidArgument for a negative count.
[[nodiscard]] Dataset drawn_digits(const DrawnOptions& options = {});

}  // namespace ridgeback::data
