// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/matmul_tiles.hpp"

#include "ridgeback/core/shape.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace ridgeback {

namespace {

// matmul_f32_shared: 64 rows of 64 or 128 columns by 128 invocations.
constexpr std::uint32_t shared_tile = 64;
constexpr std::uint32_t shared_local_size = 128;

struct Tile {
  std::uint32_t rows, cols;
  bool operator==(const Tile&) const = default;
};

std::int64_t row_tiles(const MatmulShape& shape, std::int64_t tile_rows) {
  return row_tiles(shape.groups, shape.rows, shape.batches, tile_rows);
}

// Rows of one product, of groups on average.
std::int64_t product_rows(const MatmulShape& shape) {
  return shape.groups == Groups::rows ? ceil_div(shape.rows, shape.batches) : shape.rows;
}

MatmulTiles shared_tiles(const MatmulShape& shape, std::uint32_t width) {
  MatmulTiles tiles{};
  tiles.kernel = "matmul_f32_shared";
  tiles.local_size = shared_local_size;
  tiles.cols = width / 16;
  tiles.groups = row_tiles(shape, shared_tile) * ceil_div(shape.cols, width);
  tiles.variants = {"baseline"};
  return tiles;
}

std::uint32_t local_size(const Target& target) {
  return target.is_cpu() ? std::max(target.limits.subgroup_size, 4U) : 64;
}

// The tile of registers for this class of device.
Tile register_tile(const Target& target, const MatmulShape& shape) {
  if (!target.is_cpu()) return {8, 4};
  // The largest tile that the shape fills: loads cost as much as forty multiply-adds there, or,
  // as texels, as eight. Wide tiles compile in 0.1 to 0.9 s, so small products take small ones.
  const std::int64_t width = local_size(target);
  const bool large = product_rows(shape) >= 64 && shape.cols >= 8 * width && shape.depth >= 64;
  if (target.has("matmul_f32", "texel")) return large ? Tile{32, 8} : Tile{8, 4};
  return large ? Tile{32, 16} : Tile{product_rows(shape) >= 8 ? 8U : 4U, 2};
}

// Without shared memory.
MatmulTiles register_tiles(const Target& target, const MatmulShape& shape, const Tile& tile) {
  MatmulTiles tiles{};
  tiles.kernel = "matmul_f32";
  const std::uint32_t subgroup = target.limits.subgroup_size;
  tiles.local_size = local_size(target);
  tiles.lanes = target.is_cpu() && subgroup >= 8 ? 8 : 4;
  tiles.rows = tile.rows;
  tiles.cols = tile.cols;
  tiles.groups = row_tiles(shape, tiles.rows) *
                 ceil_div(shape.cols, static_cast<std::int64_t>(tiles.local_size) * tiles.cols);
  // A subgroup that is smaller than the lanes that hand values round, or that a work group fills in
  // part, cannot. On GPUs loads of one address by all invocations cost little, and baseline is
  // best.
  const bool lanes_fit = subgroup >= tiles.lanes && tiles.local_size % subgroup == 0;
  const bool texels_fit = lanes_fit && tiles.rows % tiles.lanes == 0 && tiles.cols % 4 == 0;
  if (!target.is_cpu()) tiles.variants.emplace_back("baseline");
  if (texels_fit) tiles.variants.emplace_back("texel");
  if (lanes_fit) tiles.variants.emplace_back("subgroup");
  if (target.is_cpu()) tiles.variants.emplace_back("baseline");
  return tiles;
}

// GPUs share what a work group loads, unless most of such a tile would lie outside.
bool shares(const Target& target, const MatmulShape& shape) {
  return !target.is_cpu() && product_rows(shape) >= shared_tile / 2 &&
         shape.cols >= shared_tile / 2;
}

}  // namespace

std::int64_t row_tiles(Groups groups, std::int64_t rows, std::int64_t batches,
                       std::int64_t tile_rows) {
  return groups == Groups::rows ? rows / tile_rows + batches + 1
                                : batches * ceil_div(rows, tile_rows);
}

std::vector<MatmulTiles> matmul_tile_options(const Target& target, const MatmulShape& shape) {
  static const std::vector<Tile> of_cpu{{32, 16}, {32, 8}, {16, 16}, {16, 8},
                                        {8, 16},  {8, 8},  {8, 4},   {4, 2}};
  static const std::vector<Tile> of_gpu{{8, 8}, {8, 4}, {4, 4}, {4, 2}};
  std::vector<Tile> tiles{register_tile(target, shape)};
  for (const Tile& tile : target.is_cpu() ? of_cpu : of_gpu) {
    // Tiles of which half would lie outside never win.
    const bool too_tall = tile.rows > 4 && tile.rows / 2 >= product_rows(shape);
    if (!too_tall && tile != tiles.front()) tiles.push_back(tile);
  }
  std::vector<MatmulTiles> options;
  for (const Tile& tile : tiles) options.push_back(register_tiles(target, shape, tile));
  if (!target.is_cpu()) {
    const bool first = shares(target, shape);
    // Eight columns an invocation make half as many products again of what is loaded.
    const std::int64_t wide_groups = row_tiles(shape, shared_tile) * (shape.cols / 128);
    const bool wide = wide_groups >= 64;
    const auto at = first ? options.begin() : options.end();
    options.insert(at,
                   {shared_tiles(shape, wide ? 128 : 64), shared_tiles(shape, wide ? 64 : 128)});
  }
  return options;
}

std::string text(const MatmulTiles& tiles) {
  return tiles.rows > 0 ? fmt::format("{}x{}", tiles.rows, tiles.cols)
                        : fmt::format("shared{}", 16 * tiles.cols);
}

}  // namespace ridgeback
