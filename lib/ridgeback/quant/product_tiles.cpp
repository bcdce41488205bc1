// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/product_tiles.hpp"

#include "ridgeback/core/bits.hpp"
#include "ridgeback/core/error.hpp"
#include "ridgeback/core/shape.hpp"
#include "ridgeback/ops/launch.hpp"
#include "ridgeback/ops/matmul_tiles.hpp"
#include "ridgeback/quant/matrix_tiles.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <numeric>
#include <utility>

#include "common/packed.h"

namespace ridgeback::quant {
namespace {

static_assert(shaders::PACKED_B1 == static_cast<unsigned>(DType::b1) &&
              shaders::PACKED_S1 == static_cast<unsigned>(DType::s1) &&
              shaders::PACKED_TERNARY == static_cast<unsigned>(DType::ternary) &&
              shaders::PACKED_I2 == static_cast<unsigned>(DType::i2) &&
              shaders::PACKED_I4 == static_cast<unsigned>(DType::i4) &&
              shaders::PACKED_I8 == static_cast<unsigned>(DType::i8));

// f32 adds whole numbers exactly up to here.
constexpr std::int64_t exact_float = std::int64_t{1} << 24;
constexpr std::int64_t largest_int = (std::int64_t{1} << 31) - 1;

bool is_bits(DType type) {
  return type == DType::b1 || type == DType::s1 || type == DType::ternary;
}

// Codes in a unit of shaders/common/packed.glsl.
std::int64_t codes_per_unit(DType type) {
  return is_bits(type) ? 32 : 32 / bits_of(type);
}

std::int64_t largest_code(DType type) {
  const CodeRange range = code_range(type);
  return std::max(std::abs(range.lowest), std::abs(range.highest));
}

// Work groups, lanes and variants that all these kernels have in common.
ProductTiles base(const Target& target, std::string kernel) {
  ProductTiles tiles;
  tiles.kernel = std::move(kernel);
  const std::uint32_t subgroup = target.limits.subgroup_size;
  tiles.local_size = target.is_cpu() ? std::max(subgroup, 4U) : 64;
  tiles.lanes = target.is_cpu() && subgroup >= 8 ? 8 : 4;
  // Handing values round needs `lanes` invocations in every subgroup, so subgroups that are full.
  // On GPUs loads of one address by all invocations cost little, and baseline is best.
  const bool lanes_fit = subgroup >= tiles.lanes && tiles.local_size % subgroup == 0;
  if (!target.is_cpu()) tiles.variants.emplace_back("baseline");
  if (lanes_fit) tiles.variants.emplace_back("subgroup");
  if (target.is_cpu()) tiles.variants.emplace_back("baseline");
  return tiles;
}

void count_groups(ProductTiles& tiles, const ProductShape& shape) {
  const std::int64_t width = static_cast<std::int64_t>(tiles.local_size) * tiles.cols;
  const std::int64_t rows = shape.groups == Groups::rows ? shape.all_rows : shape.rows;
  tiles.groups =
      row_tiles(shape.groups, rows, shape.batches, tiles.rows) * ceil_div(shape.cols, width);
}

// Variants that lay operands out, hold few rows or use matrix hardware make one product: they are
// not offered for several.
bool is_one_product(const ProductShape& shape) {
  return shape.batches == 1 && shape.groups == Groups::none;
}

// On a CPU driver a load costs as much as forty multiply-adds: the largest tile that the shape
// fills and that still compiles in a fraction of a second. Small products take small tiles, which
// compile in a tenth of that. GPUs want enough work groups first, then reuse: rows of x come cheap
// there (AMD keeps them in scalar registers), so that tiles are tall (shaders/README.md has what
// was measured).
void choose_tile(ProductTiles& tiles, const Target& target, const ProductShape& shape,
                 std::uint32_t large_rows, std::uint32_t large_cols, std::uint32_t gpu_rows) {
  const std::int64_t width = tiles.local_size;
  const bool narrow = shape.cols < width * large_cols;
  const bool fills = shape.rows >= 2 * static_cast<std::int64_t>(large_rows) &&
                     2 * shape.cols >= width * large_cols && shape.depth >= 64;
  if (!target.is_cpu()) {
    constexpr std::int64_t enough_groups = 256;
    // A head of attention would leave most of the invocations without a column.
    const bool one = is_one_product(shape);
    tiles.cols = one || shape.cols > 2 * width ? 4 : shape.cols > width ? 2 : 1;
    const std::int64_t across = width * tiles.cols;
    const std::int64_t groups = shape.batches *
                                ceil_div(shape.rows, static_cast<std::int64_t>(gpu_rows)) *
                                (one ? shape.cols / across : ceil_div(shape.cols, across));
    tiles.rows = groups >= enough_groups ? gpu_rows : 4;
  } else if (shape.batches > 1 && shape.rows >= 16 && (narrow || shape.depth < 64) &&
             shape.batches * shape.rows * shape.cols * shape.depth >= (std::int64_t{1} << 20)) {
    // Heads of attention: the tile is as wide as they are. With half of a wide tile outside, or in
    // the small tiles, they take 1.5 to 2 times as long.
    tiles.rows = shape.rows >= large_rows ? large_rows : 16;
    tiles.cols = shape.cols <= 2 * width ? 2 : shape.cols <= 4 * width ? 4 : 8;
    if (shape.depth < 128) tiles.lanes = 4;
  } else if (fills) {
    tiles.rows = large_rows;
    tiles.cols = large_cols;
  } else {
    tiles.lanes = 4;
    tiles.rows = shape.rows >= 64 ? 8 : 4;
    tiles.cols = 2;
  }
  count_groups(tiles, shape);
}

// Where lanes can be handed round and hold whole rows of the tile. Texels cost a seventh of the
// loads of a storage buffer on CPU drivers; no GPU is known to gain.
void offer_texels(ProductTiles& tiles, const Target& target) {
  const bool lanes_fit = std::ranges::count(tiles.variants, "subgroup") > 0;
  if (!lanes_fit || tiles.rows % tiles.lanes != 0) return;
  tiles.variants.insert(target.is_cpu() ? tiles.variants.begin() : tiles.variants.end(), "texel");
}

// Weights so many that a product with a few rows takes a millisecond.
bool takes_long(const ProductShape& shape) {
  return shape.cols * shape.depth >= (std::int64_t{1} << 20);
}

// Rows that hardly fill a tile, of codes along the reduction. Handing round whole rows of a tile
// (texel) takes `lanes` of them. Eight rows share what it takes to get codes and compile in a
// second.
void few_rows_tile(ProductTiles& tiles, const ProductShape& shape) {
  tiles.rows = takes_long(shape) && shape.rows >= 5 ? 8
               : shape.rows >= 3                    ? 4
                                                    : static_cast<std::uint32_t>(shape.rows);
  tiles.cols = 8;
  std::erase(tiles.variants, "texel");
}

// Matrix hardware goes first on a GPU where a tile is mostly filled and it is the fastest way to
// make such a product; CPU drivers emulate it.
void offer_matrices(ProductTiles& tiles, const Target& target, const ProductShape& shape,
                    const std::vector<MatrixTiles>& fitting, bool fastest) {
  if (!target.has(tiles.kernel, "coopmat") || fitting.empty() || !is_one_product(shape)) return;
  const bool fills = shape.rows >= 16 && shape.cols >= 16 && shape.depth >= 32;
  const bool first = !target.is_cpu() && fills && fastest;
  tiles.variants.insert(first ? tiles.variants.begin() : tiles.variants.end(), "coopmat");
}

bool few_rows_fit(const Target& target, const ProductShape& shape) {
  return is_one_product(shape) && target.is_cpu() && target.limits.subgroup_size == 8 &&
         shape.rows <= 8 && target.has("matmul_dense_codes", "few_rows");
}

void offer_few_rows(ProductTiles& tiles, const ProductShape& shape) {
  few_rows_tile(tiles, shape);
  tiles.local_size = tiles.lanes = 8;
  count_groups(tiles, shape);
  tiles.variants.insert(tiles.variants.begin(), "few_rows");
}

// Looking sums up takes lanes that are one subgroup of eight, with one block of factors, and
// one-bit codes. The shuffle is cheap on CPU drivers with AVX2 only. Its tile suits the other
// variants too.
void offer_lookup(ProductTiles& tiles, const Target& target, DType type, bool transpose_b,
                  const ProductShape& shape) {
  constexpr std::uint32_t lanes = 8;
  const bool one_bit = type == DType::b1 || type == DType::s1;
  if (!target.is_cpu() || !one_bit || target.limits.subgroup_size != lanes ||
      !is_one_product(shape) || !target.has(tiles.kernel, "lookup")) {
    return;
  }
  // A row of codes goes along the columns of the product, or along its reduction.
  const bool one_block = shape.block >= (transpose_b ? shape.depth : shape.cols);
  const auto fits = [&](std::int64_t cols) {
    return one_block || shape.block % (lanes * cols) == 0;
  };
  if (transpose_b) {
    const bool words = shape.block == 32 || shape.block == 64;
    if (!one_block && !words && shape.block % 128 != 0) return;
    if (!one_block && words) tiles.block_chunks = static_cast<std::uint32_t>(shape.block / 32);
    few_rows_tile(tiles, shape);
    if (takes_long(shape)) {
      tiles.cols = 16;
      std::erase(tiles.variants, "few_rows");
    }
  } else {
    if (!fits(8)) return;
    tiles.rows = shape.rows >= 16 ? 16 : 8;
    tiles.cols = fits(16) && shape.cols > 64 ? 16 : 8;
  }
  tiles.local_size = tiles.lanes = lanes;
  count_groups(tiles, shape);
  tiles.variants.insert(tiles.variants.begin(), "lookup");
}

// Larger tiles take ten seconds to compile and are no faster.
bool lookup_takes(std::uint32_t rows, std::uint32_t cols) {
  return rows % 4 == 0 && cols % 4 == 0 && rows <= 16;
}

bool is_integer(DType type) {
  return type == DType::i2 || type == DType::i4 || type == DType::i8;
}

// Tiles that products of two rows at a time take. Larger ones take seconds to compile.
bool row_pairs_take(std::uint32_t rows, std::uint32_t cols) {
  return cols % 4 == 0 && (rows == 1 || rows % 2 == 0) && rows <= 16 && rows * cols <= 128;
}

// Products of integer codes, two rows of x side by side in a word.
void offer_row_pairs(ProductTiles& tiles, const Target& target, DType x, DType w,
                     const ProductShape& shape) {
  if (!target.is_cpu() || target.limits.subgroup_size != 8 || !is_integer(x) || !is_integer(w) ||
      !target.has("matmul_ints", "row_pairs") || !is_one_product(shape)) {
    return;
  }
  const std::int64_t laid_out = 4 * ceil_div(shape.rows, 2) * round_up(shape.depth, 32);
  if (static_cast<std::uint64_t>(laid_out) > target.limits.max_storage_range) return;
  // Codes of eight bits on both sides are multiplied one by one: what is saved is getting those of
  // w apart, which many rows share in any case.
  if (x == DType::i8 && w == DType::i8 && shape.rows > 8) {
    if (row_pairs_take(tiles.rows, tiles.cols)) tiles.variants.emplace_back("row_pairs");
    return;
  }
  // A launch of its own lays x out.
  if (shape.cols * shape.depth < (std::int64_t{1} << 12)) return;
  const bool large = shape.rows * shape.cols * shape.depth >= (std::int64_t{1} << 22);
  tiles.rows = shape.rows > 8 && large ? 16
               : shape.rows > 4        ? 8
               : shape.rows > 2        ? 4
                                       : static_cast<std::uint32_t>(shape.rows);
  tiles.cols = large && shape.cols > 32 ? 8 : 4;
  tiles.local_size = 8;
  if (tiles.rows % tiles.lanes != 0) std::erase(tiles.variants, "texel");
  tiles.variants.insert(tiles.variants.begin(), "row_pairs");
  count_groups(tiles, shape);
}

// Sums of integer codes that codes of up to two bits choose from, rows side by side in words.
void offer_code_lookup(ProductTiles& tiles, const Target& target, DType x, DType w,
                       const ProductShape& shape) {
  if (!target.is_cpu() || target.limits.subgroup_size != 8 || !is_integer(x) ||
      !(is_bits(w) || w == DType::i2) || !target.has("matmul_ints", "lookup") || shape.cols < 32 ||
      !is_one_product(shape)) {
    return;
  }
  // Laying the operands out takes launches of its own, which pay where rows or weights are many.
  constexpr std::int64_t many_weights = std::int64_t{1} << 17;
  if (shape.rows < 8 && shape.cols * shape.depth < many_weights) return;
  // Four rows share a look-up, whether they are there or not.
  const bool large = shape.rows * shape.cols * shape.depth >= (std::int64_t{1} << 22);
  tiles.rows = large && shape.rows >= 16 ? 16 : shape.rows > 4 ? 8 : 4;
  tiles.cols = !large ? 4 : shape.cols > 64 ? 16 : 8;
  tiles.local_size = 8;
  if (!row_pairs_take(tiles.rows, tiles.cols)) std::erase(tiles.variants, "row_pairs");
  tiles.variants.insert(tiles.variants.begin(), "lookup");
  count_groups(tiles, shape);
}

ProductTiles bits_tiles(const Target& target, DType x, DType w, const ProductShape& shape) {
  ProductTiles tiles = base(target, "matmul_bits");
  // Sums of several blocks take as many registers again, ternary rows twice as many scalar ones.
  const bool one_block = shape.block >= shape.depth;
  const std::uint32_t of_bits = !one_block || w == DType::ternary ? 8 : 12;
  const std::uint32_t gpu_rows = x != DType::ternary ? of_bits : one_block ? 6 : 4;
  choose_tile(tiles, target, shape, 16, 8, gpu_rows);
  const auto lanes = static_cast<std::int64_t>(tiles.lanes);
  const std::int64_t chunks = ceil_div(shape.block, 32);
  if (shape.block < shape.depth) {
    if (lanes % chunks == 0) {
      tiles.block_chunks = static_cast<std::uint32_t>(chunks);
    } else {
      tiles.lanes = static_cast<std::uint32_t>(std::gcd(chunks, lanes));
    }
  }
  if (tiles.lanes >= 4) offer_texels(tiles, target);
  // Counting bits is beaten where an instruction takes 32 steps of k (NVIDIA, Intel): with 16, as
  // on AMD's chips, counting makes twice as many operations a clock.
  offer_matrices(tiles, target, shape, codes_matrix_tiles(target, shape),
                 matrix_unit(target, "int8").k >= 32);
  return tiles;
}

// Another tile than that of the rule. Variants that come with a tile of their own do not take it.
void change_tile(ProductTiles& tiles, const Target& target, const ProductShape& shape,
                 std::uint32_t rows, std::uint32_t cols) {
  tiles.rows = rows;
  tiles.cols = cols;
  count_groups(tiles, shape);
  // The lookups of integer codes take most tiles.
  const bool lookup = tiles.kernel == "matmul_ints" && lookup_takes(rows, cols) &&
                      std::ranges::count(tiles.variants, "lookup") > 0;
  const bool row_pairs =
      row_pairs_take(rows, cols) && std::ranges::count(tiles.variants, "row_pairs") > 0;
  std::erase_if(tiles.variants, [](const std::string& variant) {
    return variant == "lookup" || variant == "few_rows" || variant == "texel" ||
           variant == "coopmat" || variant == "row_pairs";
  });
  if (tiles.lanes >= 4) offer_texels(tiles, target);
  if (row_pairs) tiles.variants.insert(tiles.variants.begin(), "row_pairs");
  if (lookup) tiles.variants.insert(tiles.variants.begin(), "lookup");
}

}  // namespace

ProductTiles codes_tiles(const Target& target, DType x, DType w, const ProductShape& shape) {
  if (is_bits(x) && is_bits(w)) return bits_tiles(target, x, w, shape);
  const std::int64_t largest = largest_code(x) * largest_code(w);
  if (shape.block > largest_int / largest) {
    throw Unsupported(fmt::format(
        "matmul_codes: i32 overflows in blocks this long (got {} codes of {} and {}, at most {})",
        shape.block, name(x), name(w), largest_int / largest));
  }
  ProductTiles tiles = base(target, "matmul_ints");
  choose_tile(tiles, target, shape, 16, 8, 12);
  if (shape.block < shape.depth) {
    // The lanes hold units of x that end with a block.
    const auto lanes = static_cast<std::int64_t>(tiles.lanes);
    tiles.lanes = static_cast<std::uint32_t>(std::gcd(shape.block / codes_per_unit(x), lanes));
  }
  // It shifts codes up to eight bits. On a CPU driver it is slower than f32.
  if (shape.block <= largest_int / (128 * 128))
    tiles.variants.insert(target.is_cpu() ? tiles.variants.end() : tiles.variants.begin(), "dot8");
  if (shape.block > exact_float / largest)
    tiles.flush = static_cast<std::uint32_t>(exact_float / largest);
  if (tiles.lanes >= 4) offer_texels(tiles, target);
  offer_row_pairs(tiles, target, x, w, shape);
  offer_code_lookup(tiles, target, x, w, shape);
  offer_matrices(tiles, target, shape, codes_matrix_tiles(target, shape), true);
  return tiles;
}

std::uint32_t stored_run(std::int64_t cols, std::uint32_t tile_cols) {
  if (tile_cols % 8 == 0) return cols % 8 == 0 ? 8 : cols % 4 == 0 ? 4 : 2;
  return tile_cols % 4 == 0 && cols % 4 == 0 ? 4 : 1;
}

ProductTiles dense_codes_tiles(const Target& target, DType a, DType b, bool transpose_b,
                               const ProductShape& shape) {
  ProductTiles tiles = base(target, "matmul_dense_codes");
  // Twice as wide is 1.7 times as fast and takes a second to compile: for products of some ms only.
  const bool long_enough =
      shape.batches * shape.rows * shape.cols * shape.depth >= (std::int64_t{1} << 24);
  choose_tile(tiles, target, shape, 32, shape.cols >= 256 && long_enough ? 32 : 16, 12);
  offer_texels(tiles, target);
  if (transpose_b && few_rows_fit(target, shape)) offer_few_rows(tiles, shape);
  offer_lookup(tiles, target, b, transpose_b, shape);
  // Matrix hardware gets two halves for each f32 value; it reads no others.
  if (a == DType::f32)
    offer_matrices(tiles, target, shape, dense_matrix_tiles(target, shape), true);
  return tiles;
}

Choice take_tile(const LowerContext& context, const ProductShape& shape, ProductTiles& tiles) {
  struct Tile {
    std::uint32_t rows, cols;
  };
  static const std::vector<Tile> of_cpu{{32, 16}, {16, 16}, {16, 8}, {8, 8}, {8, 2}, {4, 2}};
  static const std::vector<Tile> of_heads{{32, 8}, {32, 4}, {16, 8}, {16, 4}, {8, 4}, {8, 2}};
  static const std::vector<Tile> of_gpu{{12, 4}, {8, 8}, {8, 4}, {4, 4}, {4, 2}};
  std::vector<ProductTiles> all{tiles};
  const std::vector<Tile>& others = !context.target.is_cpu() ? of_gpu
                                    : !is_one_product(shape) ? of_heads
                                                             : of_cpu;
  for (const Tile& tile : others) {
    // Tiles of which half would lie outside never win.
    if (tile.rows > 4 && tile.rows / 2 >= shape.rows) continue;
    if (tile.rows == tiles.rows && tile.cols == tiles.cols) continue;
    all.push_back(tiles);
    change_tile(all.back(), context.target, shape, tile.rows, tile.cols);
  }
  ops::keep_forced(context.target, all);
  std::vector<std::string> names;
  for (const ProductTiles& each : all) names.push_back(fmt::format("{}x{}", each.rows, each.cols));
  Choice choice = choose(context, tiles.kernel, "tile", names);
  tiles = all[static_cast<std::size_t>(std::ranges::find(names, choice.taken) - names.begin())];
  return choice;
}

}  // namespace ridgeback::quant
