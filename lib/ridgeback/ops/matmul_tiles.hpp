// SPDX-License-Identifier: Apache-2.0
// Tiles and variants of the f32 product: a pure function of the device's facts and the shape.
#pragma once

#include "ridgeback/graph/target.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace ridgeback {

struct MatmulShape {
  std::int64_t rows;
  std::int64_t cols;
  std::int64_t depth;
  std::int64_t batches;
  bool row_groups = false;  ///< `batches` groups share the rows
};

struct MatmulTiles {
  std::string kernel;  ///< matmul_f32, or matmul_f32_shared, whose tile is its own
  std::uint32_t local_size;
  std::uint32_t rows;  ///< of an invocation's tile; 0 for matmul_f32_shared
  std::uint32_t cols;
  std::uint32_t lanes;  ///< steps of k at a time
  std::int64_t groups;
  std::vector<std::string> variants;  ///< usable for this shape, best first
};

/// What the rule for this class of device takes, then others that a tuner may try.
[[nodiscard]] std::vector<MatmulTiles> matmul_tile_options(const Target& target,
                                                           const MatmulShape& shape);
/// "32x16", or "shared64" and "shared128" after the columns of a work group.
[[nodiscard]] std::string text(const MatmulTiles& tiles);

}  // namespace ridgeback
