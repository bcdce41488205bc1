// SPDX-License-Identifier: Apache-2.0
// Schedules of the method's own values over the steps of a run: bits, sparsity, lambda. All are
// pure functions of the number of a step, counted from 1.
#pragma once

#include "ridgeback/quant/perturbation.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ridgeback::quant {

/// A value that goes from one to another between two steps; with t from 0 at step `start` + 1 to 1
/// at step `end`:
struct Ramp {
  enum class Kind : std::uint8_t {
    linear,  ///< from + (to - from) t
    cubic,   ///< to + (from - to) (1 - t)^3: fast at first, as gradual pruning has it
    cosine,  ///< to + (from - to) (1 + cos(pi t)) / 2
  };
  Kind kind = Kind::linear;
  double from = 0;
  double to = 1;
  std::int64_t start = 0;
  std::int64_t end = 0;  ///< from this step on the value is `to`
  int stages = 0;        ///< above 0: t moves in so many leaps of equal length

  [[nodiscard]] double at(std::int64_t step) const;
  /// What ramp_from_text reads.
  [[nodiscard]] std::string text() const;

  bool operator==(const Ramp&) const = default;
};

/// "cubic:from=0,start=100,end=2000"; what is not given is as in `defaults`. Throws InvalidArgument
/// that lists what there is for an unknown kind or setting, and for an end before the start.
[[nodiscard]] Ramp ramp_from_text(std::string_view text, const Ramp& defaults);

/// Fewest bits by step: "0:8,1000:4,2e:1" is 8 to step 1000, 4 after it, 1 from the third epoch on.
struct BitsSchedule {
  struct Stage {
    std::int64_t after = 0;  ///< steps or epochs done
    bool epochs = false;
    int bits = unquantized_bits;

    bool operator==(const Stage&) const = default;
  };
  std::vector<Stage> stages;

  /// The bits of the last stage that has begun; `epoch_steps` are the steps of an epoch.
  [[nodiscard]] int at(std::int64_t step, std::int64_t epoch_steps) const;
  [[nodiscard]] std::string text() const;
};
/// Throws InvalidArgument unless it begins at 0, the steps rise and so do the epochs.
[[nodiscard]] BitsSchedule bits_schedule_from_text(std::string_view text);

/// What a stage of a run makes of a layer's own (resolved) perturbation: at least `least_bits`
/// where it is coded, and at most this fraction of zeros where it prunes a fraction. A codebook
/// that does not have as many bits is replaced by the one of its form that has; with 32 bits values
/// pass as they are but for pruning.
struct Stage {
  int least_bits = 1;
  double zeros = -1;  ///< below 0: its own

  [[nodiscard]] Perturbation of(const Perturbation& own) const;
  bool operator==(const Stage&) const = default;
};

}  // namespace ridgeback::quant
