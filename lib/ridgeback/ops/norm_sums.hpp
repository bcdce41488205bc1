// SPDX-License-Identifier: Apache-2.0
// The sums over rows that the gradients of all norms with parameters need. For sources of ops only.
#pragma once

#include "ridgeback/graph/dispatch.hpp"

#include <vector>

namespace ridgeback::ops {

/// Positions of the tensors among inputs (x, dy, mean, variance) and outputs (dscale, dshift).
struct NormSums {
  int x = 0;
  int dy = 0;
  int mean = 0;  ///< or the row statistics [rows, 2]
  int variance = 0;
  bool row_stats = false;
  float epsilon = 0;
  int dscale = 0;
  int dshift = 0;
};

/// dscale[c] = sum_r dy[r,c] n[r,c] and dshift[c] = sum_r dy[r,c], n the normalized x; both 0
/// without rows. Uses scratch 0 and 1.
void append_norm_sums(std::vector<Dispatch>& launches, const LowerContext& c, const NormSums& sums);

}  // namespace ridgeback::ops
