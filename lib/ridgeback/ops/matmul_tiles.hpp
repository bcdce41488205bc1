// SPDX-License-Identifier: Apache-2.0
// Tiles and variants of the f32 product: a pure function of the device's facts and the shape.
#pragma once

#include "ridgeback/graph/target.hpp"
#include "ridgeback/ops/matmul.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace ridgeback {

struct MatmulShape {
  std::int64_t rows;
  std::int64_t cols;
  std::int64_t depth;
  std::int64_t batches;
  Groups groups = Groups::none;  ///< `batches` of them share the rows or the terms
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

/// Tiles of `tile_rows` rows in one column of tiles of all products of a launch, as
/// shaders/matmul/products.glsl numbers them: `rows` are those of each batch, or of all groups.
[[nodiscard]] std::int64_t row_tiles(Groups groups, std::int64_t rows, std::int64_t batches,
                                     std::int64_t tile_rows);

/// What the rule for this class of device takes, then others that a tuner may try.
[[nodiscard]] std::vector<MatmulTiles> matmul_tile_options(const Target& target,
                                                           const MatmulShape& shape);
/// "32x16", or "shared64" and "shared128" after the columns of a work group.
[[nodiscard]] std::string text(const MatmulTiles& tiles);

}  // namespace ridgeback
