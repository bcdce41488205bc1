// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/matmul_tiles.hpp"

#include "ridgeback/core/shape.hpp"

#include <algorithm>

namespace ridgeback {

namespace {

// matmul_f32_shared: 64 x 64 elements by 128 invocations.
constexpr std::uint32_t shared_tile = 64;
constexpr std::uint32_t shared_local_size = 128;

MatmulTiles shared_tiles(const MatmulShape& shape) {
  MatmulTiles tiles{};
  tiles.kernel = "matmul_f32_shared";
  tiles.local_size = shared_local_size;
  tiles.groups =
      shape.batches * ceil_div(shape.rows, shared_tile) * ceil_div(shape.cols, shared_tile);
  tiles.variants = {"baseline"};
  return tiles;
}

}  // namespace

MatmulTiles matmul_tiles(const Target& target, const MatmulShape& shape) {
  // GPUs share what a work group loads, unless most of such a tile would lie outside.
  if (!target.is_cpu() && shape.rows >= shared_tile / 2 && shape.cols >= shared_tile / 2)
    return shared_tiles(shape);
  MatmulTiles tiles{};
  tiles.kernel = "matmul_f32";
  const std::uint32_t subgroup = target.limits.subgroup_size;
  if (!target.is_cpu()) {
    tiles.local_size = 64;
    tiles.lanes = 4;
    tiles.rows = 8;
    tiles.cols = 4;
  } else {
    tiles.local_size = std::max(subgroup, 4U);
    tiles.lanes = subgroup >= 8 ? 8 : 4;
    // The largest tile that the shape fills: loads cost as much as forty multiply-adds there, or,
    // as texels, as eight. Wide tiles compile in 0.1 to 0.9 s, so small products take small ones.
    const bool large = shape.rows >= 64 && shape.cols >= 8 * tiles.local_size && shape.depth >= 64;
    if (target.has("matmul_f32", "texel")) {
      tiles.rows = large ? 32 : 8;
      tiles.cols = large ? 8 : 4;
    } else {
      tiles.rows = large ? 32 : (shape.rows >= 8 ? 8 : 4);
      tiles.cols = large ? 16 : 2;
    }
  }
  tiles.groups = shape.batches * ceil_div(shape.rows, tiles.rows) *
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

}  // namespace ridgeback
