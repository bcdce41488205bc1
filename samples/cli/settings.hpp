// SPDX-License-Identifier: Apache-2.0
// The options that say what is trained. One table gives the command line, its checks and help, what
// a run folder records, and what a resumed run must agree with.
#pragma once

#include "ridgeback/train/trainer.hpp"

#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace ridgeback::cli {

struct Setting {
  std::string name;      ///< "weights": the option is --weights
  std::string fallback;  ///< the default, as text; empty for a flag, which is "0" or "1"
  std::string type;      ///< what the help shows for the value
  std::string group;     ///< heading in the help
  std::string help;
  /// Reads a value and writes it in the one form that is recorded and compared. Throws
  /// InvalidArgument.
  std::function<std::string(const std::string&)> canonical;
};

/// In the order of the help and of records.
[[nodiscard]] const std::vector<Setting>& setting_table();

/// The values of one command line.
class SettingValues {
 public:
  /// Adds every option of the table. The object must outlive the parsing.
  void add_options(CLI::App& command);

  /// The canonical value: the one given, or recorded, or the default.
  [[nodiscard]] const std::string& text(const std::string& name) const;
  [[nodiscard]] std::int64_t whole(const std::string& name) const;
  [[nodiscard]] double number(const std::string& name) const;
  [[nodiscard]] bool flag(const std::string& name) const { return text(name) == "1"; }
  /// Given on this command line.
  [[nodiscard]] bool given(const std::string& name) const;
  [[nodiscard]] bool any_given() const;

  /// Takes the settings of the run in `folder` in place of the defaults. Throws InvalidArgument
  /// naming an option that was given with another value, FormatError for a recorded value that is
  /// none.
  void continue_from(const std::map<std::string, std::string>& recorded, const std::string& file);

  /// All of them, in the table's order.
  [[nodiscard]] train::Settings all() const;

 private:
  struct Value {
    std::string text;
    bool flag = false;
    CLI::Option* option = nullptr;
  };
  [[nodiscard]] const Value& value(const std::string& name) const;

  std::map<std::string, Value> values_;
};

}  // namespace ridgeback::cli
