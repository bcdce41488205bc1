// SPDX-License-Identifier: Apache-2.0
// How the work of a kernel is cut into invocations and groups. Pure functions of the device's
// facts, so that a device always adds up in the same order. For sources of ops only.
#pragma once

#include "ridgeback/graph/target.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace ridgeback::ops {

/// One team of `team` invocations a row (shaders/common/team.glsl).
struct RowTeams {
  std::uint32_t local_size = 1;
  std::uint32_t team = 1;
  std::int64_t groups = 0;
};
[[nodiscard]] RowTeams row_teams(const Target& target, std::int64_t rows, std::int64_t cols);

/// One invocation a quad of columns and run of rows (shaders/common/column_runs.glsl).
struct ColumnRuns {
  std::uint32_t local_size = 1;
  std::int64_t rows_each = 1;
  std::int64_t runs = 0;
  std::int64_t groups = 0;
};
/// For kernels that write every element: as many runs as keep the device busy, but no shorter than
/// pays for loading what belongs to a column. With `eights`, an invocation has two quads (of rows
/// of whole ones).
[[nodiscard]] ColumnRuns column_runs(const Target& target, std::int64_t rows, std::int64_t cols,
                                     bool eights = false);
/// For kernels that reduce each run to one value a column: fewer, because another kernel joins the
/// runs one after the other.
[[nodiscard]] ColumnRuns column_reduction_runs(const Target& target, std::int64_t rows,
                                               std::int64_t cols);

/// `items` quads of elements an invocation (shaders/common/flat_quads.glsl).
struct FlatQuads {
  std::uint32_t local_size = 64;
  std::uint32_t items = 1;
  std::int64_t groups = 0;
  std::vector<std::string> candidates;  ///< variants that serve this count, the better one first
};
/// `most_items` is 1 for kernels without a loop over items.
[[nodiscard]] FlatQuads flat_quads(const Target& target, std::int64_t count,
                                   std::uint32_t most_items);

/// Variants of a kernel that reads and writes quads, the better one first; `wide` serves whole
/// quads only.
[[nodiscard]] std::vector<std::string> quad_candidates(const Target& target, bool whole_quads);

}  // namespace ridgeback::ops
