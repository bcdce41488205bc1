// SPDX-License-Identifier: Apache-2.0
#include "settings.hpp"

#include "ridgeback/core/error.hpp"

#include <charconv>
#include <fmt/core.h>

namespace ridgeback::cli {

void SettingValues::add_options(CLI::App& command) {
  for (const Setting& setting : setting_table()) {
    Value& value = values_[setting.name];
    const std::string option = "--" + setting.name;
    if (setting.type.empty()) {
      value.option = command.add_flag(option, value.flag, setting.help)->group(setting.group);
      continue;
    }
    value.text = setting.fallback;
    value.option = command.add_option(option, value.text, setting.help)
                       ->type_name(setting.type)
                       ->default_str(setting.fallback)
                       ->group(setting.group);
    const auto canonical = setting.canonical;
    value.option->transform(CLI::Validator(
        [canonical](std::string& text) -> std::string {
          try {
            text = canonical(text);
          } catch (const InvalidArgument& error) {
            return error.what();
          }
          return {};
        },
        ""));
  }
}

const SettingValues::Value& SettingValues::value(const std::string& name) const {
  const auto found = values_.find(name);
  require(found != values_.end(), fmt::format("settings: there is no '{}'", name));
  return found->second;
}

const std::string& SettingValues::text(const std::string& name) const {
  static const std::string on = "1";
  static const std::string off = "0";
  const Value& found = value(name);
  if (!found.text.empty()) return found.text;
  return found.flag ? on : off;
}

std::int64_t SettingValues::whole(const std::string& name) const {
  const std::string& digits = text(name);
  std::int64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

double SettingValues::number(const std::string& name) const {
  const std::string& digits = text(name);
  double number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

bool SettingValues::given(const std::string& name) const {
  return value(name).option->count() > 0;
}

bool SettingValues::any_given() const {
  for (const auto& [name, value] : values_) {
    if (value.option->count() > 0) return true;
  }
  return false;
}

void SettingValues::continue_from(const std::map<std::string, std::string>& recorded,
                                  const std::string& file) {
  for (const Setting& setting : setting_table()) {
    const auto found = recorded.find(setting.name);
    if (found == recorded.end()) throw FormatError(file, fmt::format("lacks '{}'", setting.name));
    std::string before;
    try {
      before = setting.type.empty() ? found->second : setting.canonical(found->second);
    } catch (const InvalidArgument& error) {
      throw FormatError(file, fmt::format("'{}': {}", setting.name, error.what()));
    }
    const std::string& now = text(setting.name);
    require(!given(setting.name) || now == before,
            fmt::format("--{}: a resumed run keeps its settings (got {}, the run has {})",
                        setting.name, now, before));
    Value& value = values_[setting.name];
    if (setting.type.empty()) {
      value.flag = before == "1";
    } else {
      value.text = before;
    }
  }
}

train::Settings SettingValues::all() const {
  train::Settings result;
  for (const Setting& setting : setting_table())
    result.emplace_back(setting.name, text(setting.name));
  return result;
}

}  // namespace ridgeback::cli
