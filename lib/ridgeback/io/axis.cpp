// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/io/axis.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>
#include <limits>

namespace ridgeback::io {
namespace {

constexpr double wanted_ticks = 5;

// 1, 2 or 5 times a power of ten that divides `range` into about `wanted_ticks` parts.
double nice_step(double range) {
  const double rough = range / wanted_ticks;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  const double digit = rough / power;
  if (digit < 1.5) return power;
  if (digit < 3.5) return 2 * power;
  if (digit < 7.5) return 5 * power;
  return 10 * power;
}

// With the decimals that the step needs; large and small numbers by exponent.
std::string linear_label(double value, double step) {
  if (std::abs(value) < step * 1e-6) return "0";
  if (std::abs(value) >= 1e6 || step < 1e-4) return fmt::format("{:g}", value);
  const int decimals = std::max(0, static_cast<int>(-std::floor(std::log10(step) + 1e-9)));
  return fmt::format("{:.{}f}", value, decimals);
}

std::string log_label(double value) {
  if (value >= 1e-3 && value < 1e5) return fmt::format("{:g}", value);
  const int exponent = static_cast<int>(std::floor(std::log10(value) + 1e-9));
  const double digit = std::round(value / std::pow(10.0, exponent));
  return digit == 1 ? fmt::format("1e{}", exponent) : fmt::format("{:g}e{}", digit, exponent);
}

}  // namespace

Axis::Axis(const std::vector<double>& values, bool logarithmic, bool rounded)
    : logarithmic_(logarithmic) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const double value : values) {
    if (!holds(value)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (low > high) {
    low = logarithmic ? 1 : 0;
    high = logarithmic ? 10 : 1;
  }
  low_ = low;
  high_ = high;
  if (logarithmic) {
    make_logarithmic(rounded);
  } else {
    make_linear(rounded);
  }
}

bool Axis::holds(double value) const {
  // Beyond 1e300 the arithmetic of ticks would overflow.
  return std::isfinite(value) && std::abs(value) < 1e300 && (!logarithmic_ || value > 1e-300);
}

double Axis::position(double value) const {
  if (logarithmic_) {
    // Not the logarithm of a quotient, which may overflow.
    return (std::log(value) - std::log(low_)) / (std::log(high_) - std::log(low_));
  }
  return (value - low_) / (high_ - low_);
}

void Axis::make_linear(bool rounded) {
  // A single value, or values that differ in their last digits only, get room around them.
  const double least = std::max(std::abs(high_) * 1e-9, 1e-200);
  if (high_ - low_ < least) {
    const double room = high_ == 0 ? 0.5 : std::max(std::abs(high_) * 0.1, least);
    low_ -= room;
    high_ += room;
  }
  const double step = nice_step(high_ - low_);
  if (rounded) {
    low_ = std::floor(low_ / step + 1e-9) * step;
    high_ = std::ceil(high_ / step - 1e-9) * step;
  }
  const double first = std::ceil(low_ / step - 1e-9);
  for (double n = first; n * step <= high_ + step * 1e-6 && ticks_.size() < 20; n += 1) {
    ticks_.push_back({n * step, linear_label(n * step, step)});
  }
}

void Axis::make_logarithmic(bool rounded) {
  if (high_ / low_ < 1.001) {
    low_ /= 1.5;
    high_ *= 1.5;
  }
  const double decades = std::log10(high_) - std::log10(low_);
  if (rounded && decades > 0.7) {
    // To the next 1, 2 or 5 outside.
    const auto digits = {1.0, 2.0, 5.0, 10.0};
    const double low_power = std::pow(10.0, std::floor(std::log10(low_)));
    const double high_power = std::pow(10.0, std::floor(std::log10(high_)));
    const double low = low_, high = high_;
    for (const double digit : digits) {
      if (digit * low_power <= low * (1 + 1e-9)) low_ = digit * low_power;
    }
    for (const double digit : {10.0, 5.0, 2.0, 1.0}) {
      if (digit * high_power >= high * (1 - 1e-9)) high_ = digit * high_power;
    }
  }
  const int stride = std::max(1, static_cast<int>(std::ceil(decades / 8)));
  for (int e = static_cast<int>(std::floor(std::log10(low_))); e <= std::log10(high_) + 1e-9; ++e) {
    for (int digit = 1; digit <= 9; ++digit) {
      const double value = digit * std::pow(10.0, e);
      if (value < low_ * (1 - 1e-9) || value > high_ * (1 + 1e-9)) continue;
      const bool labelled = decades < 0.7   ? true
                            : decades < 2.5 ? digit == 1 || digit == 2 || digit == 5
                                            : digit == 1 && e % stride == 0;
      if (decades < 4 || labelled) ticks_.push_back({value, labelled ? log_label(value) : ""});
    }
  }
  // A range within one leading digit holds no such number: divide it evenly.
  const auto labels = std::count_if(ticks_.begin(), ticks_.end(),
                                    [](const Tick& tick) { return !tick.label.empty(); });
  if (labels >= 2) return;
  ticks_.clear();
  const double step = nice_step(high_ - low_);
  for (double n = std::ceil(low_ / step); n * step <= high_ && ticks_.size() < 20; n += 1) {
    ticks_.push_back({n * step, fmt::format("{:g}", n * step)});
  }
}

}  // namespace ridgeback::io
