// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/block_shape.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/ops/row_launch.hpp"

#include <algorithm>
#include <bit>
#include <fmt/core.h>

namespace ridgeback::quant {
namespace {

constexpr std::uint32_t smallest_team = 8;   // so that a team makes whole words of 1-bit codes
constexpr std::uint32_t largest_team = 128;  // shared arrays of team.glsl
constexpr std::uint32_t values_per_lane = 4;
constexpr std::int64_t held_values = 64;  // 4 HELD_QUADS of shaders/quant/blocks.glsl

}  // namespace

BlockShape block_shape(const Shape& shape, Group group) {
  require(group.kind != Group::Kind::automatic, "group: resolve it before asking for its blocks");
  require(shape.rank() >= 1, "quant: a scalar has no rows (expected at least one axis)");
  const auto [rows, cols] = as_matrix(shape);
  const std::int64_t block =
      group.kind == Group::Kind::blocks ? std::min<std::int64_t>(group.size, cols) : cols;
  return {rows, cols, block, cols == 0 ? 0 : ceil_div(cols, block)};
}

void lay_out_teams(Dispatch& launch, const Target& target, std::int64_t blocks,
                   std::int64_t block) {
  if (launch.variant != "team") {
    const std::uint32_t local = plain_local_size(target, blocks);
    launch.specialize(local, 1).linear_groups(ceil_div(blocks, local));
    return;
  }
  const auto lanes = static_cast<std::uint32_t>(
      std::min<std::int64_t>(ceil_div(block, values_per_lane), largest_team));
  const std::uint32_t team = std::clamp(std::bit_ceil(lanes), smallest_team, largest_team);
  const std::uint32_t local = std::max(team, 64U);
  launch.specialize(local, team).linear_groups(ceil_div(blocks, local / team));
}

std::vector<std::string> team_candidates(const Target& target, const BlockShape& shape,
                                         bool holds) {
  std::vector<std::string> order = ops::quad_candidates(target, shape.aligned());
  if (holds && shape.block == held_values && shape.cols % held_values == 0)
    order.insert(target.is_cpu() ? order.begin() : order.end(), "held");
  order.insert(target.is_cpu() ? order.end() : order.begin(), "team");
  return order;
}

std::uint32_t plain_local_size(const Target& target, std::int64_t count) {
  // A CPU driver hands whole work groups to its threads: small ones keep all of them busy.
  if (target.is_cpu()) return count <= 256 ? 8 : 32;
  return 64;
}

Dispatch plain_dispatch(std::string_view kernel, const LowerContext& context, std::int64_t items,
                        const std::vector<std::string>& candidates) {
  Dispatch launch = dispatch(kernel, context, candidates);
  const std::uint32_t local = plain_local_size(context.target, items);
  launch.specialize(local).linear_groups(ceil_div(items, local));
  return launch;
}

}  // namespace ridgeback::quant
