// SPDX-License-Identifier: Apache-2.0
// "name:key=value,key=value": how optimizers and schedules are named on command lines, in logs and
// in checkpoints.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ridgeback::optim {

class Settings {
 public:
  /// Throws InvalidArgument for an entry that is not key=value and for a key given twice; `what`
  /// starts the messages ("schedule").
  Settings(std::string_view what, std::string_view text);

  [[nodiscard]] const std::string& name() const { return name_; }
  /// The value under `key`, or `otherwise`; throws InvalidArgument where it is not a finite number.
  [[nodiscard]] double number(std::string_view key, double otherwise);
  /// As above for whole numbers of at least 0.
  [[nodiscard]] std::int64_t whole(std::string_view key, std::int64_t otherwise);
  /// 0 or 1.
  [[nodiscard]] bool flag(std::string_view key, bool otherwise);
  /// Throws InvalidArgument, listing the keys that were asked for, where another one was given.
  void require_all_used() const;
  /// Throws InvalidArgument that lists `known`.
  [[noreturn]] void unknown_name(std::span<const std::string> known) const;

 private:
  struct Entry {
    std::string key;
    std::string value;
    bool used = false;
  };
  [[nodiscard]] Entry* find(std::string_view key);

  std::string what_;
  std::string name_;
  std::vector<Entry> entries_;
  std::vector<std::string> asked_;
};

/// "name:key=value,..." of those entries; just the name without any. Numbers are written so that
/// reading them gives the same value.
[[nodiscard]] std::string settings_text(
    std::string_view name, std::span<const std::pair<std::string_view, double>> entries);

}  // namespace ridgeback::optim
