// SPDX-License-Identifier: Apache-2.0
// What the runs say, as a page.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "experiment.hpp"

namespace equivalence {

/// A setting and what it gave for each seed; Setting::seed is that of the last.
struct Cell {
  std::string name;  ///< of the estimator
  Setting setting;
  std::vector<Result> results;
};

/// Tables of agreement and distance, a figure, and the criteria with what was measured. Every cell
/// has as many results as the others, and at least one. Throws FileError.
void write_report(const std::filesystem::path& folder, const std::string& data,
                  const std::vector<Cell>& cells);

}  // namespace equivalence
