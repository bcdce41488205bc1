// SPDX-License-Identifier: Apache-2.0
// Progress on standard error: one line that is rewritten on a terminal, a line an epoch elsewhere.
#pragma once

#include "ridgeback/train/trainer.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace ridgeback::cli {

class Progress {
 public:
  /// `quiet` shows nothing.
  explicit Progress(bool quiet);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// Leaves the terminal at the start of an empty line.
  ~Progress() { clear(); }

  void step(const train::StepRecord& record);
  void epoch(const train::EpochRecord& record);

 private:
  using Clock = std::chrono::steady_clock;
  void clear();

  bool quiet_;
  bool terminal_;
  std::size_t shown_ = 0;  // characters of the line that is on the screen
  Clock::time_point next_;
};

/// Tells how many images were decoded; for data::OpenOptions.
[[nodiscard]] std::function<void(std::int64_t done, std::int64_t total)> image_progress();

/// "1:02:03" or "2:03"
[[nodiscard]] std::string duration_text(double seconds);

}  // namespace ridgeback::cli
