// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/nn/description.hpp"

#include "ridgeback/core/error.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fmt/core.h>

namespace ridgeback::nn {

const std::string* Description::find_setting(const std::string& name) const {
  for (const auto& [key, value] : settings) {
    if (key == name) return &value;
  }
  return nullptr;
}

const std::string& Description::setting(const std::string& name) const {
  if (const std::string* value = find_setting(name)) return *value;
  throw InvalidArgument(fmt::format("{}: the model description lacks '{}'", kind, name));
}

std::int64_t Description::integer(const std::string& name, std::int64_t lowest,
                                  std::int64_t highest) const {
  const std::string& text = setting(name);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  require(error == std::errc{} && end == text.data() + text.size() && value >= lowest &&
              value <= highest,
          fmt::format("{}: '{}' is out of range (got '{}', expected {} to {})", kind, name, text,
                      lowest, highest));
  return value;
}

double Description::number(const std::string& name) const {
  const std::string& text = setting(name);
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  require(!text.empty() && *end == '\0' && std::isfinite(value),
          fmt::format("{}: '{}' is no finite number (got '{}')", kind, name, text));
  return value;
}

bool Description::flag(const std::string& name) const {
  const std::string& text = setting(name);
  require(text == "true" || text == "false",
          fmt::format("{}: '{}' is neither true nor false (got '{}')", kind, name, text));
  return text == "true";
}

}  // namespace ridgeback::nn
