// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/optim/schedule.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/optim/settings.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>
#include <numbers>
#include <utility>

namespace ridgeback::optim {
namespace {

// Throws unless every field is in range; returns the schedule.
Schedule checked(const Schedule& schedule) {
  require(
      schedule.warmup >= 0,
      fmt::format("schedule: warmup out of range (got {}, expected 0 or more)", schedule.warmup));
  require(schedule.floor >= 0 && schedule.floor <= 1,
          fmt::format("schedule: floor out of range (got {}, expected 0 to 1)", schedule.floor));
  require(schedule.factor > 0 && schedule.factor <= 1,
          fmt::format("schedule: factor out of range (got {}, expected above 0, at most 1)",
                      schedule.factor));
  require(schedule.kind != Schedule::Kind::step || schedule.every > 0,
          fmt::format("schedule: every out of range (got {}, expected 1 or more)", schedule.every));
  return schedule;
}

}  // namespace

double Schedule::at(std::int64_t step_number, std::int64_t total) const {
  require(step_number >= 1, fmt::format("schedule: steps count from 1 (got {})", step_number));
  if (step_number <= warmup) return static_cast<double>(step_number) / static_cast<double>(warmup);
  const auto done = static_cast<double>(step_number - 1 - warmup);
  const auto all = static_cast<double>(std::max<std::int64_t>(total - warmup, 1));
  const double share = std::min(done / all, 1.0);
  switch (kind) {
    case Kind::constant:
      return 1;
    case Kind::cosine:
      return floor + (1 - floor) * 0.5 * (1 + std::cos(std::numbers::pi * share));
    case Kind::linear:
      return 1 + (floor - 1) * share;
    case Kind::step:
      return std::pow(factor, std::floor(done / static_cast<double>(every)));
    case Kind::exponential:
      return std::pow(factor, done);
  }
  return 1;
}

std::string Schedule::text() const {
  std::vector<std::pair<std::string_view, double>> entries;
  if (warmup > 0) entries.emplace_back("warmup", static_cast<double>(warmup));
  if (kind == Kind::cosine || kind == Kind::linear) {
    if (floor > 0) entries.emplace_back("floor", floor);
  }
  if (kind == Kind::step) entries.emplace_back("every", static_cast<double>(every));
  if (kind == Kind::step || kind == Kind::exponential) entries.emplace_back("factor", factor);
  return settings_text(schedule_names()[static_cast<std::size_t>(kind)], entries);
}

Schedule constant(const WarmupOptions& options) {
  return checked({.kind = Schedule::Kind::constant, .warmup = options.warmup});
}

Schedule cosine(const DecayOptions& options) {
  return checked(
      {.kind = Schedule::Kind::cosine, .warmup = options.warmup, .floor = options.floor});
}

Schedule linear(const DecayOptions& options) {
  return checked(
      {.kind = Schedule::Kind::linear, .warmup = options.warmup, .floor = options.floor});
}

Schedule step_decay(const StepDecayOptions& options) {
  return checked({.kind = Schedule::Kind::step,
                  .warmup = options.warmup,
                  .every = options.every,
                  .factor = options.factor});
}

Schedule exponential(const ExponentialOptions& options) {
  return checked(
      {.kind = Schedule::Kind::exponential, .warmup = options.warmup, .factor = options.factor});
}

Schedule schedule_from_text(std::string_view text) {
  Settings settings("schedule", text);
  const auto& names = schedule_names();
  const auto found = std::ranges::find(names, settings.name());
  if (found == names.end()) settings.unknown_name(names);
  Schedule schedule{.kind = static_cast<Schedule::Kind>(found - names.begin())};
  schedule.warmup = settings.whole("warmup", 0);
  switch (schedule.kind) {
    case Schedule::Kind::constant:
      break;
    case Schedule::Kind::cosine:
    case Schedule::Kind::linear:
      schedule.floor = settings.number("floor", DecayOptions{}.floor);
      break;
    case Schedule::Kind::step:
      schedule.every = settings.whole("every", StepDecayOptions{}.every);
      schedule.factor = settings.number("factor", StepDecayOptions{}.factor);
      break;
    case Schedule::Kind::exponential:
      schedule.factor = settings.number("factor", ExponentialOptions{}.factor);
      break;
  }
  settings.require_all_used();
  return checked(schedule);
}

const std::vector<std::string>& schedule_names() {
  // In the order of Schedule::Kind.
  static const std::vector<std::string> names{"constant", "cosine", "linear", "step",
                                              "exponential"};
  return names;
}

}  // namespace ridgeback::optim
