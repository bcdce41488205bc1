// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/optim/settings.hpp"

#include "ridgeback/core/error.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/ranges.h>

namespace ridgeback::optim {

Settings::Settings(std::string_view what, std::string_view text) : what_(what) {
  const std::size_t colon = text.find(':');
  name_ = text.substr(0, colon);
  std::string_view rest = colon == text.npos ? std::string_view{} : text.substr(colon + 1);
  while (!rest.empty()) {
    const std::string_view entry = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), entry.size() + 1));
    const std::size_t equals = entry.find('=');
    require(equals != entry.npos && equals > 0,
            fmt::format("{}: bad setting (got '{}', expected key=value)", what_, entry));
    const std::string_view key = entry.substr(0, equals);
    require(find(key) == nullptr, fmt::format("{}: '{}' is given twice", what_, key));
    entries_.push_back({std::string(key), std::string(entry.substr(equals + 1))});
  }
}

Settings::Entry* Settings::find(std::string_view key) {
  const auto found = std::ranges::find(entries_, key, &Entry::key);
  return found == entries_.end() ? nullptr : &*found;
}

double Settings::number(std::string_view key, double otherwise) {
  asked_.emplace_back(key);
  Entry* entry = find(key);
  if (entry == nullptr) return otherwise;
  entry->used = true;
  double value = 0;
  const char* end = entry->value.data() + entry->value.size();
  const auto [stop, error] = std::from_chars(entry->value.data(), end, value);
  require(error == std::errc{} && stop == end && std::isfinite(value),
          fmt::format("{}: '{}' must be a number (got '{}')", what_, key, entry->value));
  return value;
}

std::int64_t Settings::whole(std::string_view key, std::int64_t otherwise) {
  const double value = number(key, static_cast<double>(otherwise));
  require(value >= 0 && value <= 1e15 && value == std::floor(value),
          fmt::format("{}: '{}' must be a whole number of at least 0 (got {})", what_, key, value));
  return static_cast<std::int64_t>(value);
}

bool Settings::flag(std::string_view key, bool otherwise) {
  const double value = number(key, otherwise ? 1 : 0);
  require(value == 0 || value == 1,
          fmt::format("{}: '{}' must be 0 or 1 (got {})", what_, key, value));
  return value == 1;
}

void Settings::require_all_used() const {
  for (const Entry& entry : entries_) {
    require(entry.used,
            fmt::format("{}: {} has no setting '{}' (it has: {})", what_, name_, entry.key,
                        asked_.empty() ? "none" : fmt::format("{}", fmt::join(asked_, ", "))));
  }
}

void Settings::unknown_name(std::span<const std::string> known) const {
  throw InvalidArgument(
      fmt::format("{}: there is no '{}' (there are: {})", what_, name_, fmt::join(known, ", ")));
}

std::string settings_text(std::string_view name,
                          std::span<const std::pair<std::string_view, double>> entries) {
  std::string text(name);
  char separator = ':';
  for (const auto& [key, value] : entries) {
    text += fmt::format("{}{}={}", separator, key, value);
    separator = ',';
  }
  return text;
}

}  // namespace ridgeback::optim
