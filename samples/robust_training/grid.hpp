// SPDX-License-Identifier: Apache-2.0
// Runs the cells of all studies, some at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "runner.hpp"
#include "study.hpp"

namespace robust {

struct GridOptions {
  int jobs = 1;  ///< runs at a time
  /// Called whenever a study has been through a seed, by one thread at a time.
  std::function<void()> report;
};

/// Trains what has not ended yet: seed 1 of every cell, then seed 2. Says on stderr what each gave
/// and how long the rest will take. Returns false if it was interrupted (Ctrl-C). Throws what the
/// runner throws, after the runs under way have ended.
[[nodiscard]] bool run_grid(const std::vector<Study>& studies, std::int64_t seeds,
                            const Runner& runner, const GridOptions& options);

}  // namespace robust
