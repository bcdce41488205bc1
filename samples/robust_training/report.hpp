// SPDX-License-Identifier: Apache-2.0
// The results so far as one readable page.
#pragma once

#include "ridgeback/io/page.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runner.hpp"
#include "study.hpp"

namespace robust {

/// Mean and spread over seeds; `failed` runs are counted and not averaged.
struct Figures {
  int runs = 0;
  int failed = 0;
  double mean = 0;
  double deviation = 0;  ///< of a sample; 0 for one run
};

[[nodiscard]] Figures figures_of(const std::vector<Outcome>& outcomes, Measure measure);

/// "97.86 ± 0.12 (3)", "97.9, 2 of 3 failed", "" where nothing ran.
[[nodiscard]] std::string text(const Figures& figures, Measure measure);

/// One section: a table of rows by arms with differences to the first arm, a figure where rows have
/// a place in one, plots over size and arithmetic cost, the commands.
[[nodiscard]] ridgeback::io::PageSection section_of(const Study& study, std::int64_t seeds,
                                                    const Runner& runner);

}  // namespace robust
