// SPDX-License-Identifier: Apache-2.0
// What the kernels are to reach, measured in one run.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bench.hpp"

namespace ridgeback::cli {

struct BenchTarget {
  std::string what;     ///< "1 bit x 1 bit, 1024x1024x4096"
  std::string against;  ///< what `measured` is a share or multiple of
  bool share = false;   ///< shown in percent
  double measured = 0;
  double asked = 0;  ///< at least this; 0: nothing, the row stands beside another
  double aim = 0;    ///< better still; 0: nothing

  [[nodiscard]] bool met() const { return measured >= asked; }
  /// "47.1 %", "6.62x".
  [[nodiscard]] std::string text(double value) const;
};

/// Throws InvalidArgument where one of these is no group of targets: large, odd, few_rows, sparse,
/// steps, sparse_steps.
void require_target_groups(const std::vector<std::string>& names);

/// `report` is called with each result that they are made of. Extents and zeros of the options
/// count for nothing, widths and batch of steps do; types are groups of targets. `quick` takes a
/// sixteenth of each extent.
[[nodiscard]] std::vector<BenchTarget> bench_targets(
    const Device& device, const Peaks& peaks, const BenchOptions& options,
    const std::function<void(const BenchResult&)>& report);

}  // namespace ridgeback::cli
