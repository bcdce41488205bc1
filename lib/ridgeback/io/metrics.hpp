// SPDX-License-Identifier: Apache-2.0
// Records of figures as JSON: metrics.jsonl, one object a line, and summary.json.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ridgeback::io {

struct Field;

/// A scalar, or the fields of an object inside.
using Value = std::variant<bool, std::int64_t, double, std::string, std::vector<Field>>;

/// A name and its value.
struct Field {
  std::string name;
  Value value;

  bool operator==(const Field&) const = default;
};

/// An ordered list of fields.
class Record {
 public:
  Record() = default;
  explicit Record(std::vector<Field> fields) : fields_(std::move(fields)) {}

  /// Appends a field, or replaces the value of the one of that name. Any integer becomes an int64,
  /// any float a double, any text a string.
  template <typename T>
  Record& set(std::string_view name, T&& value) {
    return put(name, to_value(std::forward<T>(value)));
  }

  [[nodiscard]] const std::vector<Field>& fields() const { return fields_; }
  /// The value of a field, or nullptr.
  [[nodiscard]] const Value* find(std::string_view name) const;
  /// A number of either kind as a double; nothing where there is none of that name.
  [[nodiscard]] std::optional<double> number(std::string_view name) const;
  /// The same for whole numbers.
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name) const;
  [[nodiscard]] std::optional<std::string> text(std::string_view name) const;

  bool operator==(const Record&) const = default;

 private:
  template <typename T>
  static Value to_value(T&& value) {
    using Plain = std::remove_cvref_t<T>;
    if constexpr (std::is_same_v<Plain, bool>) {
      return Value(value);
    } else if constexpr (std::is_integral_v<Plain>) {
      return Value(static_cast<std::int64_t>(value));
    } else if constexpr (std::is_floating_point_v<Plain>) {
      return Value(static_cast<double>(value));
    } else if constexpr (std::is_same_v<Plain, Record>) {
      return Value(std::forward<T>(value).fields_);
    } else {
      return Value(std::string(std::forward<T>(value)));
    }
  }
  Record& put(std::string_view name, Value value);

  std::vector<Field> fields_;
};

/// The record as a JSON object: on one line, or indented by two spaces a level. Doubles read back
/// to the same value; NaN and infinities become null.
[[nodiscard]] std::string to_json(const Record& record, bool indented = false);

/// Parses one JSON object. Arrays are not part of a record; null becomes a NaN. Throws FormatError
/// naming `name` and the offset, also for names that come twice and nesting beyond 16 levels.
[[nodiscard]] Record parse_record(std::string_view json, std::string_view name);

/// Appends records to a file of JSON lines. A record is on its way to the disk when append returns,
/// so a killed process loses none. The end of a line that a crash left half-written is cut off
/// first. Every failure is a FileError.
class MetricsWriter {
 public:
  /// Opens the file, or makes it; older records stay.
  explicit MetricsWriter(const std::filesystem::path& path);
  MetricsWriter(MetricsWriter&& other) noexcept;
  MetricsWriter& operator=(MetricsWriter&& other) noexcept;
  ~MetricsWriter();

  void append(const Record& record);

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
};

/// All records of a file. A half-written last line is left out; any other damage is a FormatError.
[[nodiscard]] std::vector<Record> read_metrics(const std::filesystem::path& path);
/// The same from text; `name` stands for the file in messages.
[[nodiscard]] std::vector<Record> parse_metrics(std::string_view text, std::string_view name);

/// Cuts a file off before the first record whose "step" is above `step`, and drops a half-written
/// last line: what resuming from a checkpoint of that step needs. Atomic; a missing file is fine.
void truncate_metrics(const std::filesystem::path& path, std::int64_t step);

/// Writes a record as an indented JSON document, atomically.
void write_summary(const std::filesystem::path& path, const Record& record);
[[nodiscard]] Record read_summary(const std::filesystem::path& path);

}  // namespace ridgeback::io
