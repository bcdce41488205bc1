// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/error.hpp"
#include "ridgeback/io/json_text.hpp"
#include "ridgeback/io/metrics.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <limits>
#include <nlohmann/json.hpp>

namespace ridgeback::io {
namespace {

constexpr std::size_t max_depth = 16;

class Writer {
 public:
  explicit Writer(bool indented) : indented_(indented) {}

  std::string object(const std::vector<Field>& fields) {
    if (fields.empty()) return "{}";
    ++depth_;
    std::string text = "{";
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (i > 0) text += ',';
      text += line();
      text += json_quote(fields[i].name) + (indented_ ? ": " : ":");
      text += std::visit([this](const auto& value) { return write(value); }, fields[i].value);
    }
    --depth_;
    return text + line() + "}";
  }

 private:
  [[nodiscard]] std::string line() const {
    return indented_ ? "\n" + std::string(2 * depth_, ' ') : "";
  }
  std::string write(bool value) { return value ? "true" : "false"; }
  std::string write(std::int64_t value) { return std::to_string(value); }
  std::string write(double value) { return json_number(value); }
  std::string write(const std::string& value) { return json_quote(value); }
  std::string write(const std::vector<Field>& value) { return object(value); }

  bool indented_;
  std::size_t depth_ = 0;
};

// Receives the events of a parser; keeps the path of open objects instead of recursing.
class RecordEvents {
 public:
  explicit RecordEvents(std::string_view file) : file_(file) {}

  std::vector<Field> take() { return std::move(root_); }

  bool start_object(std::size_t /*size*/) {
    if (open_.size() >= max_depth) fail("objects nest too deep");
    open_.emplace_back(std::move(key_), std::vector<Field>{});
    return true;
  }
  bool end_object() {
    auto [name, fields] = std::move(open_.back());
    open_.pop_back();
    if (open_.empty()) {
      root_ = std::move(fields);
    } else {
      open_.back().second.push_back({std::move(name), std::move(fields)});
    }
    return true;
  }
  bool key(std::string& name) {
    const std::vector<Field>& fields = open_.back().second;
    const bool twice = std::any_of(fields.begin(), fields.end(),
                                   [&](const Field& field) { return field.name == name; });
    if (twice) fail("a name comes twice");
    key_ = std::move(name);
    return true;
  }
  bool null() { return add(std::numeric_limits<double>::quiet_NaN()); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(std::int64_t value) { return add(value); }
  bool number_unsigned(std::uint64_t value) {
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return add(static_cast<double>(value));
    }
    return add(static_cast<std::int64_t>(value));
  }
  bool number_float(double value, const std::string& /*text*/) { return add(value); }
  bool string(std::string& text) { return add(std::move(text)); }
  bool binary(nlohmann::json::binary_t& /*value*/) { fail("unexpected binary value"); }
  bool start_array(std::size_t /*size*/) { fail("unexpected array"); }
  bool end_array() { return true; }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) {
    throw FormatError(file_, position, "not valid JSON");
  }

 private:
  [[noreturn]] void fail(std::string_view what) const { throw FormatError(file_, what); }
  bool add(Value value) {
    if (open_.empty()) fail("not a JSON object");
    open_.back().second.push_back({std::move(key_), std::move(value)});
    return true;
  }

  std::string_view file_;
  std::string key_;
  std::vector<std::pair<std::string, std::vector<Field>>> open_;
  std::vector<Field> root_;
};

}  // namespace

Record& Record::put(std::string_view name, Value value) {
  const auto it = std::find_if(fields_.begin(), fields_.end(),
                               [&](const Field& field) { return field.name == name; });
  if (it != fields_.end()) {
    it->value = std::move(value);
  } else {
    fields_.push_back({std::string(name), std::move(value)});
  }
  return *this;
}

const Value* Record::find(std::string_view name) const {
  const auto it = std::find_if(fields_.begin(), fields_.end(),
                               [&](const Field& field) { return field.name == name; });
  return it == fields_.end() ? nullptr : &it->value;
}

std::optional<double> Record::number(std::string_view name) const {
  const Value* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (const double* real = std::get_if<double>(value)) return *real;
  if (const std::int64_t* whole = std::get_if<std::int64_t>(value)) {
    return static_cast<double>(*whole);
  }
  return std::nullopt;
}

std::optional<std::int64_t> Record::integer(std::string_view name) const {
  const Value* value = find(name);
  const std::int64_t* whole = value != nullptr ? std::get_if<std::int64_t>(value) : nullptr;
  return whole != nullptr ? std::optional(*whole) : std::nullopt;
}

std::optional<std::string> Record::text(std::string_view name) const {
  const Value* value = find(name);
  const std::string* text = value != nullptr ? std::get_if<std::string>(value) : nullptr;
  return text != nullptr ? std::optional(*text) : std::nullopt;
}

std::string to_json(const Record& record, bool indented) {
  return Writer(indented).object(record.fields());
}

Record parse_record(std::string_view json, std::string_view name) {
  RecordEvents events(name);
  nlohmann::json::sax_parse(json.begin(), json.end(), &events);
  return Record(events.take());
}

}  // namespace ridgeback::io
