// SPDX-License-Identifier: Apache-2.0
// Reading of the environment's switches.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

namespace ridgeback::gpu {

/// The value of a variable; empty where it is not set.
[[nodiscard]] inline std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

/// A switch is on unless it is unset, empty or "0".
[[nodiscard]] inline bool environment_switch(const char* name) {
  const std::string value = environment(name).value_or("");
  return !value.empty() && value != "0";
}

}  // namespace ridgeback::gpu
