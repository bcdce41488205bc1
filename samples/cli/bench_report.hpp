// SPDX-License-Identifier: Apache-2.0
// What `bench` measured as pages to read and keep.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "bench.hpp"
#include "bench_targets.hpp"

namespace ridgeback::cli {

struct BenchReport {
  std::string device;
  std::string driver;
  std::string command;  ///< what was asked for: "bench all --quick"
  Peaks peaks;
  std::vector<BenchResult> results;
  /// Of sparse products: zeros from which on they win. Of equal rows, or of the types named.
  std::map<std::string, double> crossover;
  std::vector<BenchTarget> targets;
};

/// What a key of BenchReport::crossover is, in words.
[[nodiscard]] std::string crossover_name(const std::string& product);

/// Writes index.html (complete in itself), report.md and the plots as SVG files into `folder`,
/// which is made. Throws FileError.
void write_report(const std::string& folder, const BenchReport& report);

}  // namespace ridgeback::cli
