// SPDX-License-Identifier: Apache-2.0
// A model's architecture as plain data, so that files can hold it and build() can make it again.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace ridgeback::nn {

/// One module: its kind ("linear"), its settings in a fixed order, and what it contains.
struct Description {
  std::string kind;
  std::vector<std::pair<std::string, std::string>> settings;
  std::vector<Description> children;

  /// The value of a setting; throws InvalidArgument, naming kind and setting, where it is missing.
  [[nodiscard]] const std::string& setting(const std::string& name) const;
  /// The value of a setting that files may lack: null then.
  [[nodiscard]] const std::string* find_setting(const std::string& name) const;
  /// As setting(), read as a number; throws InvalidArgument for text that is none, or one outside
  /// [lowest, highest].
  [[nodiscard]] std::int64_t integer(const std::string& name, std::int64_t lowest,
                                     std::int64_t highest) const;
  [[nodiscard]] double number(const std::string& name) const;
  [[nodiscard]] bool flag(const std::string& name) const;

  bool operator==(const Description&) const = default;
};

}  // namespace ridgeback::nn
