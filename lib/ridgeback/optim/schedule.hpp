// SPDX-License-Identifier: Apache-2.0
// Learning-rate schedules: pure functions from the number of a step to a factor on the optimizer's
// rate.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ridgeback::optim {

/// How a schedule goes. All begin with `warmup` steps that rise in equal parts to 1, of which the
/// last is 1; the rest of the run follows the kind, with t = steps done since the warmup and T the
/// number of steps after it.
struct Schedule {
  enum class Kind : std::uint8_t {
    constant,     ///< 1
    cosine,       ///< floor + (1 - floor) (1 + cos(pi t / T)) / 2
    linear,       ///< 1 + (floor - 1) t / T
    step,         ///< factor^floor(t / every)
    exponential,  ///< factor^t
  };

  Kind kind = Kind::constant;
  std::int64_t warmup = 0;  ///< steps
  double floor = 0;         ///< share of the rate that cosine and linear end at, in 0..1
  std::int64_t every = 0;   ///< steps between two drops of a step schedule
  double factor = 1;        ///< of one drop (step) or one step (exponential); above 0

  /// The factor at a step, counted from 1, of a run of `total` steps; past the end it stays where
  /// it ended (constant, cosine, linear). Throws InvalidArgument for a step below 1.
  [[nodiscard]] double at(std::int64_t step, std::int64_t total) const;
  /// The rate at a step, for StepParams::learning_rate.
  [[nodiscard]] float rate(float base, std::int64_t step, std::int64_t total) const {
    return static_cast<float>(static_cast<double>(base) * at(step, total));
  }
  /// What schedule_from_text reads: "cosine:warmup=100".
  [[nodiscard]] std::string text() const;

  bool operator==(const Schedule&) const = default;
};

struct WarmupOptions {
  std::int64_t warmup = 0;
};
struct DecayOptions {
  std::int64_t warmup = 0;
  double floor = 0;
};
struct StepDecayOptions {
  std::int64_t every = 1000;
  double factor = 0.1;
  std::int64_t warmup = 0;
};
struct ExponentialOptions {
  double factor = 0.999;
  std::int64_t warmup = 0;
};

/// Throw InvalidArgument for options out of range.
[[nodiscard]] Schedule constant(const WarmupOptions& options = {});
[[nodiscard]] Schedule cosine(const DecayOptions& options = {});
[[nodiscard]] Schedule linear(const DecayOptions& options = {});
[[nodiscard]] Schedule step_decay(const StepDecayOptions& options = {});
[[nodiscard]] Schedule exponential(const ExponentialOptions& options = {});

/// "cosine", "cosine:warmup=100,floor=0.01", "step:every=500,factor=0.1"... Throws InvalidArgument
/// that lists what there is for an unknown name or setting.
[[nodiscard]] Schedule schedule_from_text(std::string_view text);
[[nodiscard]] const std::vector<std::string>& schedule_names();

}  // namespace ridgeback::optim
