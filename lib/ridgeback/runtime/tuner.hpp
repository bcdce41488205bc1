// SPDX-License-Identifier: Apache-2.0
// Times the options of every choice that a graph's lowering makes, and remembers the fastest.
#pragma once

#include "ridgeback/graph/choice.hpp"
#include "ridgeback/graph/tensor.hpp"
#include "ridgeback/runtime/device.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ridgeback {

/// One choice that was measured.
struct TuneResult {
  Choice choice;                                          ///< taken: the winner
  std::vector<std::pair<std::string, double>> option_ms;  ///< each option that ran; standard first
  std::vector<std::string> refused;     ///< did not compile, or the result is wrong
  std::vector<std::string> other_bits;  ///< ran, and rounded otherwise than the standard option

  [[nodiscard]] double standard_ms() const { return option_ms.front().second; }
  [[nodiscard]] double taken_ms() const;
};

struct TuneOptions {
  double seconds = 0.05;  ///< least device time spent on each option
  int runs = 5;           ///< least number of runs of each
  /// By how much an option must be faster than the standard one to replace it.
  double margin = 0.03;
  bool again = false;                                  ///< measure what is remembered already
  std::vector<std::string_view> disabled_passes = {};  ///< as CompileOptions::disabled_passes
  std::function<void(const TuneResult&)> report = {};
  std::function<bool()> stop = {};  ///< asked before each choice
};

/// Measures each operation of the graph (after the passes) by itself, see lone_node(). Each point
/// is measured once however often it occurs; its choices one after the other, tiles before
/// variants. A winner must also win a second round. What wins is used by `device` (all handles)
/// from now on and, with save_tuned_choices(), by later processes. Forced choices are left alone.
std::vector<TuneResult> tune(const Device& device, const std::vector<Tensor>& outputs,
                             const std::vector<Assignment>& updates = {},
                             const TuneOptions& options = {});

/// The file in the cache folder; nothing where the environment says to keep nothing.
[[nodiscard]] std::optional<std::filesystem::path> tuned_file(const Device& device);

/// Writes what the device uses to tuned_file(). Throws FileError where that fails.
void save_tuned_choices(const Device& device);

}  // namespace ridgeback
