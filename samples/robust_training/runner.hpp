// SPDX-License-Identifier: Apache-2.0
// Runs `ridgeback` as a process of its own for each cell: one that fails takes nothing with it, and
// the command in the report is the command that ran.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "study.hpp"

namespace robust {

/// What a finished run left.
struct Outcome {
  bool failed = false;
  std::string problem;  ///< the last line that a failed run printed
  double accuracy = 0;  ///< 0 to 1; NaN for language models
  double test_loss = 0;
};

class Runner {
 public:
  /// `program` is the path of `ridgeback`; run folders lie in `runs`, which is made.
  Runner(std::filesystem::path program, std::filesystem::path runs);

  /// What the cell's run left, where it has ended. Throws ridgeback::FormatError for a record that
  /// is none.
  [[nodiscard]] std::optional<Outcome> outcome(const Cell& cell) const;

  /// Trains the cell, going on where it was interrupted. Returns false if it was interrupted again
  /// (Ctrl-C), true if it ended, well or not: outcome() tells. Different cells may be trained from
  /// different threads at a time. Throws ridgeback::FileError where another process trains it.
  [[nodiscard]] bool run(const Cell& cell) const;

  /// The loss on the test samples over the steps, as far as the cell's run was evaluated.
  struct Curve {
    std::vector<double> steps;
    std::vector<double> losses;
  };
  [[nodiscard]] Curve curve(const Cell& cell) const;

  /// Bytes of the exported model of a cell that ended well, and what one sample costs there in ACE;
  /// nothing where that cannot be had.
  struct Price {
    double bytes = 0;
    double ace = 0;
  };
  [[nodiscard]] std::optional<Price> price(const Cell& cell) const;

  [[nodiscard]] std::filesystem::path folder(const Cell& cell) const { return runs_ / cell.folder; }

 private:
  std::filesystem::path program_;
  std::filesystem::path runs_;
};

}  // namespace robust
