// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/sparse_blocks.hpp"

#include "ridgeback/ops/launch.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <string>
#include <vector>

#include "sparse/sddmm_blocks.h"
#include "sparse/spmm_blocks.h"

namespace ridgeback::ops {
namespace {

std::uint32_t word(std::int64_t value) {
  return static_cast<std::uint32_t>(value);
}

std::vector<std::string> candidates(const Target& target) {
  if (target.is_cpu()) return {"texel", "baseline"};
  return {"baseline", "texel"};
}

// The largest part of `whole` that divides it and is at most `most`.
std::int64_t part_of(std::int64_t whole, std::int64_t most) {
  std::int64_t part = std::min(whole, most);
  while (whole % part != 0) --part;
  return part;
}

struct Tile {
  std::int64_t rows, cols;
  bool operator==(const Tile&) const = default;
};

// What an invocation makes: the rule's first, then what a tuner may find better.
Tile choose_tile(const LowerContext& c, std::string_view kernel, const std::vector<Tile>& tiles,
                 Dispatch& launch) {
  std::vector<Tile> distinct;
  std::vector<std::string> names;
  for (const Tile& tile : tiles) {
    if (std::ranges::count(distinct, tile) > 0) continue;
    distinct.push_back(tile);
    names.push_back(fmt::format("{}x{}", tile.rows, tile.cols));
  }
  const Choice choice = choose(c, kernel, "tile", names);
  launch.choices.push_back(choice);
  return distinct[static_cast<std::size_t>(std::ranges::find(names, choice.taken) - names.begin())];
}

// Rows of a block and runs of four columns of x. On CPU drivers loads cost more than sums that lie
// in memory; GPUs need invocations.
std::vector<Tile> product_tiles(const Target& target, std::int64_t height, std::int64_t quads) {
  const auto tile = [&](std::int64_t rows, std::int64_t runs) {
    return Tile{part_of(height, rows), std::min(runs, quads)};
  };
  if (!target.is_cpu()) return {tile(8, 1), tile(4, 1), tile(2, 1)};
  const std::int64_t rows = part_of(height, 8);
  return {tile(rows, rows >= 8   ? 2
                     : rows >= 4 ? 4
                                 : 8),
          tile(16, 2),
          tile(16, 1),
          tile(8, 4),
          tile(8, 2),
          tile(8, 1),
          tile(4, 4),
          tile(4, 2),
          tile(2, 8)};
}

}  // namespace

Dispatch blocks_times_dense(const LowerContext& c, const PatternShape& pattern,
                            const BlockInputs& inputs) {
  const bool transposed = inputs.transposed.has_value();
  const std::int64_t n = c.out[0].shape[1], quads = ceil_div(n, 4);
  const std::int64_t height = transposed ? pattern.m : pattern.n;
  const std::int64_t depth = transposed ? pattern.n : pattern.m;
  const std::int64_t made = transposed ? pattern.cols : pattern.rows;
  const std::int64_t summed = transposed ? pattern.rows : pattern.cols;
  Dispatch launch = dispatch("spmm_blocks", c, candidates(c.target));
  const Tile tile = choose_tile(c, "spmm_blocks", product_tiles(c.target, height, quads), launch);
  const std::int64_t step = part_of(depth, 4);
  const bool runs = pattern.m % 4 == 0 && (transposed ? tile.rows : step) % 4 == 0;
  const std::uint32_t local = local_size(c.target);
  const std::int64_t invocations =
      ceil_div(made, height) * (height / tile.rows) * ceil_div(quads, tile.cols);
  const DType values = c.in[static_cast<std::size_t>(inputs.values)].dtype;
  launch
      .specialize(local, transposed ? 1 : 0, pattern.n, pattern.m, values, tile.rows, tile.cols,
                  step, runs ? 1 : 0, summed % depth != 0 ? 1 : 0, n % 4 == 0 ? 1 : 0,
                  n % 2 == 0 ? 1 : 0)
      .push(shaders::SpmmBlocksParams{pattern.params(values), word(n)})
      .linear_groups(ceil_div(invocations, local));
  if (transposed) {
    launch.read(inputs.transposed->starts)
        .read(inputs.transposed->rows)
        .read(inputs.transposed->places);
  } else {
    launch.read(inputs.columns).read(inputs.columns).read(inputs.columns);
  }
  const auto bytes = [&](int input) { return c.in[static_cast<std::size_t>(input)].bytes(); };
  return launch.read(inputs.values)
      .read(inputs.scales)
      .read(inputs.x)
      .write(0)
      .cost(2.0 * static_cast<double>(pattern.rows * pattern.width) * static_cast<double>(n),
            static_cast<double>(bytes(inputs.columns) + bytes(inputs.values) + bytes(inputs.x) +
                                c.out[0].bytes()));
}

Dispatch products_at_blocks(const LowerContext& c, const PatternShape& pattern, int columns, int a,
                            int b) {
  const auto spec = [&](int input) { return c.in[static_cast<std::size_t>(input)]; };
  const std::int64_t n = spec(a).shape[1];
  Dispatch launch = dispatch("sddmm_blocks", c, candidates(c.target));
  const auto of = [&](std::int64_t rows, std::int64_t cols) {
    return Tile{part_of(pattern.n, rows), part_of(pattern.m, cols)};
  };
  // A row or column alone takes more of the other.
  const bool flat = pattern.n < 4, upright = pattern.m < 4;
  const std::vector<Tile> tiles = c.target.is_cpu()
                                      ? std::vector<Tile>{flat      ? of(4, 16)
                                                          : upright ? of(16, 4)
                                                                    : of(8, 8),
                                                          of(8, 8),
                                                          of(16, 8),
                                                          of(8, 4),
                                                          of(4, 8),
                                                          of(4, 4),
                                                          of(4, 16),
                                                          of(2, 32)}
                                      : std::vector<Tile>{of(4, 4), of(8, 4), of(2, 2)};
  const Tile tile = choose_tile(c, "sddmm_blocks", tiles, launch);
  const std::int64_t blocks = ceil_div(pattern.rows, pattern.n) * (pattern.width / pattern.m);
  const std::uint32_t local = local_size(c.target);
  return launch.specialize(local, pattern.n, pattern.m, tile.rows, tile.cols, n % 4 == 0 ? 1 : 0)
      .push(shaders::SddmmBlocksParams{word(pattern.rows), word(pattern.cols), word(pattern.width),
                                       word(n)})
      .linear_groups(ceil_div(blocks * (pattern.n / tile.rows) * (pattern.m / tile.cols), local))
      .read(columns)
      .read(a)
      .read(b)
      .write(0)
      .cost(2.0 * static_cast<double>(pattern.rows * pattern.width) * static_cast<double>(n),
            static_cast<double>(spec(columns).bytes() + spec(a).bytes() + spec(b).bytes() +
                                c.out[0].bytes()));
}

}  // namespace ridgeback::ops
