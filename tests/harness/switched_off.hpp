// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

namespace ridgeback::test {

/// Adds a name to RIDGEBACK_DISABLE for as long as it lives.
class SwitchedOff {
 public:
  explicit SwitchedOff(std::string_view name) {
    if (const char* before = std::getenv(variable)) before_ = before;
    ::setenv(variable, (before_.value_or("") + "," + std::string(name)).c_str(), 1);
  }
  ~SwitchedOff() { before_ ? ::setenv(variable, before_->c_str(), 1) : ::unsetenv(variable); }
  SwitchedOff(const SwitchedOff&) = delete;
  SwitchedOff& operator=(const SwitchedOff&) = delete;

 private:
  static constexpr const char* variable = "RIDGEBACK_DISABLE";
  std::optional<std::string> before_;
};

}  // namespace ridgeback::test
