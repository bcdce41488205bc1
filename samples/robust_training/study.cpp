// SPDX-License-Identifier: Apache-2.0
#include "study.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace robust {
namespace {

// FNV-1a of 64 bits: the same on every machine, so that folders are found again.
std::uint64_t hash(const std::string& text) {
  std::uint64_t value = 0xcbf29ce484222325U;
  for (const char c : text) {
    value ^= static_cast<unsigned char>(c);
    value *= 0x100000001b3U;
  }
  return value;
}

}  // namespace

Options merged(Options base, const Options& added) {
  for (const auto& option : added) {
    const auto same = std::find_if(base.begin(), base.end(),
                                   [&](const auto& known) { return known.first == option.first; });
    if (same == base.end()) {
      base.push_back(option);
    } else {
      same->second = option.second;
    }
  }
  return base;
}

std::string text(const Options& options) {
  std::string line;
  for (const auto& [name, value] : options) {
    line += fmt::format("{}--{}", line.empty() ? "" : " ", name);
    if (!value.empty()) line += " " + value;
  }
  return line;
}

std::vector<Cell> cells(const Study& study, std::int64_t seeds) {
  std::vector<Cell> all;
  for (std::size_t row = 0; row < study.rows.size(); ++row) {
    const Row& what = study.rows[row];
    const std::size_t arms = what.first_arm_only ? 1 : study.arms.size();
    for (std::size_t arm = 0; arm < arms; ++arm) {
      Options options = merged(merged(study.common, what.options), study.arms[arm].options);
      for (std::int64_t seed = 1; seed <= seeds; ++seed) {
        options = merged(options, {{"seed", std::to_string(seed)}});
        all.push_back({row, arm, seed, options, fmt::format("{:016x}", hash(text(options)))});
      }
    }
  }
  return all;
}

}  // namespace robust
