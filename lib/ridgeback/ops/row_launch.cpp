// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/row_launch.hpp"

#include "ridgeback/core/shape.hpp"
#include "ridgeback/ops/launch.hpp"

#include <algorithm>
#include <bit>

namespace ridgeback::ops {
namespace {

// A CPU driver runs a group as one loop over vectors of invocations: small groups spread over its
// threads, and shared memory costs as much as memory. A GPU wants groups of a few subgroups.
constexpr std::uint32_t cpu_local_size = 8;
constexpr std::uint32_t gpu_local_size = 128;

std::uint32_t row_local_size(const Target& target) {
  return std::min(target.is_cpu() ? cpu_local_size : gpu_local_size,
                  std::bit_floor(target.limits.max_workgroup_invocations));
}

// `units` invocations side by side.
ColumnRuns cut(const Target& target, std::int64_t rows, std::int64_t units, std::int64_t wanted,
               std::int64_t shortest) {
  ColumnRuns result;
  result.local_size = row_local_size(target);
  if (rows == 0 || units == 0) return result;
  const std::int64_t runs =
      std::clamp<std::int64_t>(ceil_div(wanted, units), 1, ceil_div(rows, shortest));
  result.rows_each = ceil_div(rows, runs);
  result.runs = ceil_div(rows, result.rows_each);
  result.groups = ceil_div(result.runs * units, result.local_size);
  return result;
}

}  // namespace

RowTeams row_teams(const Target& target, std::int64_t rows, std::int64_t cols) {
  const std::uint32_t size = row_local_size(target);
  const std::int64_t quads = std::max<std::int64_t>(ceil_div(cols, 4), 1);
  // Enough rows keep every lane of a CPU busy without a join.
  const bool alone = target.is_cpu() && rows >= 4 * std::int64_t{size};
  const auto team =
      alone ? 1U
            : static_cast<std::uint32_t>(std::min<std::int64_t>(
                  size,
                  static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(quads)))));
  return {size, team, ceil_div(rows, size / team)};
}

ColumnRuns column_runs(const Target& target, std::int64_t rows, std::int64_t cols, bool eights) {
  const std::int64_t units = ceil_div(cols, eights ? 8 : 4);
  // Rows far apart are walked side by side by a CPU's prefetcher if they are few: 16 rather than
  // half of 2048 rows make scale_shift 1.3 times as fast on lavapipe 22.3.
  return target.is_cpu() ? cut(target, rows, units, 1 << 24, 16)
                         : cut(target, rows, units, 1 << 18, 4);
}

ColumnRuns column_reduction_runs(const Target& target, std::int64_t rows, std::int64_t cols) {
  constexpr std::int64_t most_runs = 256;
  const std::int64_t shortest = std::max<std::int64_t>(16, ceil_div(rows, most_runs));
  return cut(target, rows, ceil_div(cols, 4), target.is_cpu() ? 128 : 1 << 15, shortest);
}

FlatQuads flat_quads(const Target& target, std::int64_t count, std::uint32_t most_items) {
  FlatQuads result;
  const std::int64_t quads = ceil_div(count, 4);
  result.items = items_per_invocation(target, quads, most_items);
  result.groups = ceil_div(quads, std::int64_t{result.local_size} * result.items);
  result.candidates = quad_candidates(target, count % 4 == 0);
  return result;
}

std::vector<std::string> quad_candidates(const Target& target, bool whole_quads) {
  if (!whole_quads) return {"baseline"};
  if (target.is_cpu()) return {"wide", "baseline"};
  return {"baseline", "wide"};
}

}  // namespace ridgeback::ops
