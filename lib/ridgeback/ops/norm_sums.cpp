// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/norm_sums.hpp"

#include "ridgeback/ops/row_launch.hpp"

#include <algorithm>

#include "norm/norm_column_sums.h"
#include "norm/norm_column_sums_merge.h"

namespace ridgeback::ops {

void append_norm_sums(std::vector<Dispatch>& launches, const LowerContext& c,
                      const NormSums& sums) {
  const Shape& shape = c.in[static_cast<std::size_t>(sums.x)].shape;
  const std::int64_t rows = shape[0], cols = shape[1];
  const ColumnRuns cut = column_reduction_runs(c.target, rows, cols);
  const std::int64_t scratch = std::max<std::int64_t>(cut.runs, 1) * cols * 4;
  const auto elements = static_cast<double>(rows * cols);
  if (rows > 0) {
    Dispatch partial = dispatch("norm_column_sums", c, quad_candidates(c.target, cols % 4 == 0))
                           .read(sums.x)
                           .read(sums.dy)
                           .read(sums.mean)
                           .read(sums.variance);
    // The sums of a single run are the whole.
    if (cut.runs == 1) {
      partial.write(sums.dscale).write(sums.dshift);
    } else {
      partial.write_scratch(0, scratch).write_scratch(1, scratch);
    }
    launches.push_back(partial.specialize(cut.local_size, cols % 4 == 0, sums.row_stats)
                           .push(shaders::NormColumnSumsParams{
                               static_cast<std::uint32_t>(rows), static_cast<std::uint32_t>(cols),
                               static_cast<std::uint32_t>(cut.rows_each), sums.epsilon})
                           .linear_groups(cut.groups)
                           .cost(5 * elements, 8 * elements));
    if (cut.runs == 1) return;
  }
  launches.push_back(
      dispatch("norm_column_sums_merge", c, quad_candidates(c.target, cols % 4 == 0))
          .read_scratch(0, scratch)
          .read_scratch(1, scratch)
          .write(sums.dscale)
          .write(sums.dshift)
          .specialize(cut.local_size, cols % 4 == 0)
          .push(shaders::NormColumnSumsMergeParams{static_cast<std::uint32_t>(cols),
                                                   static_cast<std::uint32_t>(cut.runs)})
          .linear_groups(ceil_div(ceil_div(cols, 4), cut.local_size))
          .cost(0, 2.0 * static_cast<double>(scratch)));
}

}  // namespace ridgeback::ops
