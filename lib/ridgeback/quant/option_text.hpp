// SPDX-License-Identifier: Apache-2.0
// Reading options that are written as text, whatever the locale. For sources of quant only.
#pragma once

#include "ridgeback/core/error.hpp"

#include <charconv>
#include <fmt/core.h>
#include <optional>
#include <string_view>
#include <system_error>

namespace ridgeback::quant {

/// The number that the whole text is; nothing where it is none or out of range.
template <class Number>
std::optional<Number> number_from(std::string_view text) {
  Number value{};
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc{} || at != end) return std::nullopt;
  return value;
}

/// Takes what lies before `mark` off the front of `text`, and the mark; all of it where there is
/// none.
inline std::string_view take_until(std::string_view& text, char mark) {
  const std::size_t at = text.find(mark);
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return part;
}

/// Calls set(key, value) for each word of "key=value key=value". Throws InvalidArgument, naming
/// `what`, for a word without "=".
template <class Set>
void read_options(std::string_view what, std::string_view text, const Set& set) {
  while (!text.empty()) {
    const std::string_view word = take_until(text, ' ');
    if (word.empty()) continue;
    const std::size_t equals = word.find('=');
    require(equals != std::string_view::npos,
            fmt::format("{}: cannot read this (got '{}', expected key=value)", what, word));
    set(word.substr(0, equals), word.substr(equals + 1));
  }
}

}  // namespace ridgeback::quant
