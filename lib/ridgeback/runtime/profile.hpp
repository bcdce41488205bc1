// SPDX-License-Identifier: Apache-2.0
// Where the time of a step went.
#pragma once

#include <string>
#include <vector>

namespace ridgeback {

struct ProfileEntry {
  std::string label;  ///< operation, with the kernel where it has several
  std::string kernel;
  std::string variant;
  double start_us = 0;  ///< from the start of the step
  double us = 0;
  double flops = 0;
  double bytes = 0;
};

struct Profile {
  std::vector<ProfileEntry> entries;  ///< one per launch, in order

  [[nodiscard]] double total_us() const;
  /// Entries of one label, kernel and variant added up, slowest first, as a table for people:
  /// share, time, count, Gop/s, GB/s.
  [[nodiscard]] std::string table() const;
};

}  // namespace ridgeback
