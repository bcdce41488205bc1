// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/schedule.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/quant/option_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/core.h>
#include <numbers>
#include <optional>

namespace ridgeback::quant {
namespace {

constexpr std::array<std::string_view, 3> kinds{"linear", "cubic", "cosine"};

void set(Ramp& ramp, std::string_view key, std::string_view value) {
  const auto real = number_from<double>(value);
  const auto whole = number_from<std::int64_t>(value);
  const bool is_real = key == "from" || key == "to";
  const bool is_whole = key == "start" || key == "end" || key == "stages";
  require(is_real || is_whole,
          fmt::format("ramp: unknown setting '{}' (expected from, to, start, end or stages)", key));
  require(is_real ? real && std::isfinite(*real) : whole && *whole >= 0,
          fmt::format("ramp: {} must be {} (got '{}')", key,
                      is_real ? "a number" : "a whole number, not below 0", value));
  if (key == "from") ramp.from = *real;
  if (key == "to") ramp.to = *real;
  if (key == "start") ramp.start = *whole;
  if (key == "end") ramp.end = *whole;
  if (key == "stages") ramp.stages = static_cast<int>(std::min<std::int64_t>(*whole, 1 << 20));
}

// Ternary codes lie between one bit and two.
double rank(int bits) {
  return bits == ternary_bits ? 1.5 : bits;
}

// The codebook of `own`'s form for more bits than it has.
Codebook with_more_bits(Codebook own) {
  if (own == Codebook::sign_mean) return Codebook::minmax;
  if (own == Codebook::sign_linear || own == Codebook::ternary) return Codebook::absmax;
  return own;
}

}  // namespace

double Ramp::at(std::int64_t step) const {
  if (step >= end) return to;
  if (step <= start + 1) return from;
  double t = static_cast<double>(step - 1 - start) / static_cast<double>(end - 1 - start);
  if (stages > 0) t = std::floor(t * stages) / stages;
  const double left = 1 - t;
  switch (kind) {
    case Kind::linear:
      return from + (to - from) * t;
    case Kind::cubic:
      return to + (from - to) * left * left * left;
    case Kind::cosine:
      break;
  }
  return to + (from - to) * (1 + std::cos(std::numbers::pi * t)) / 2;
}

std::string Ramp::text() const {
  return fmt::format("{}:from={},to={},start={},end={},stages={}",
                     kinds[static_cast<std::size_t>(kind)], from, to, start, end, stages);
}

Ramp ramp_from_text(std::string_view text, const Ramp& defaults) {
  Ramp ramp = defaults;
  const std::string whole(text);
  const std::string_view name = take_until(text, ':');
  const auto kind = std::ranges::find(kinds, name);
  require(kind != kinds.end(),
          fmt::format("ramp: unknown kind '{}' (expected linear, cubic or cosine)", name));
  ramp.kind = static_cast<Ramp::Kind>(kind - kinds.begin());
  while (!text.empty()) {
    std::string_view value = take_until(text, ',');
    const std::string_view key = take_until(value, '=');
    set(ramp, key, value);
  }
  require(ramp.end > ramp.start, fmt::format("ramp: must end after its start (got '{}')", whole));
  return ramp;
}

int BitsSchedule::at(std::int64_t step, std::int64_t epoch_steps) const {
  int bits = stages.front().bits;
  for (const Stage& stage : stages) {
    if (stage.after * (stage.epochs ? epoch_steps : 1) < step) bits = stage.bits;
  }
  return bits;
}

std::string BitsSchedule::text() const {
  std::string text;
  for (const Stage& stage : stages) {
    text += fmt::format("{}{}{}:{}", text.empty() ? "" : ",", stage.after, stage.epochs ? "e" : "",
                        bits_text(stage.bits));
  }
  return text;
}

BitsSchedule bits_schedule_from_text(std::string_view text) {
  BitsSchedule schedule;
  const std::string whole(text);
  while (!text.empty()) {
    std::string_view bits = take_until(text, ',');
    std::string_view when = take_until(bits, ':');
    BitsSchedule::Stage stage;
    stage.epochs = when.ends_with('e');
    if (stage.epochs) when.remove_suffix(1);
    const auto after = number_from<std::int64_t>(when);
    require(
        after && *after >= 0 && *after <= 1'000'000'000'000,
        fmt::format("bits schedule: '{}' does not name a step (as 1000) or epoch (as 2e)", whole));
    stage.after = *after;
    stage.bits = bits_from_text(bits);
    for (const BitsSchedule::Stage& before : schedule.stages) {
      require(before.epochs != stage.epochs ? stage.after > 0 : before.after < stage.after,
              fmt::format("bits schedule: stages must follow one another (got '{}')", whole));
    }
    schedule.stages.push_back(stage);
  }
  require(!whole.ends_with(','), fmt::format("bits schedule: ends in a comma (got '{}')", whole));
  require(!schedule.stages.empty() && schedule.stages.front().after == 0,
          fmt::format("bits schedule: must begin at 0 (got '{}')", whole));
  return schedule;
}

Perturbation Stage::of(const Perturbation& own) const {
  Perturbation p = own;
  const bool fraction = own.sparsity.kind == Sparsity::Kind::fraction;
  if (zeros >= 0 && fraction) p.sparsity.zeros = std::min(zeros, own.sparsity.zeros);
  if (own.bits != unquantized_bits && rank(least_bits) > rank(own.bits)) {
    p.bits = least_bits;
    p.codebook = least_bits == unquantized_bits ? Codebook::none : with_more_bits(own.codebook);
    if (p.codebook == Codebook::none) p.rounding = Rounding::nearest;
  }
  if (p.sparsity.kind == Sparsity::Kind::fraction && p.sparsity.zeros == 0) p.sparsity = {};
  return p.is_identity() ? Perturbation{} : p.resolved();
}

}  // namespace ridgeback::quant
