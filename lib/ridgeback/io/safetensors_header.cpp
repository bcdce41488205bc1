// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/io/safetensors_header.hpp"

#include "ridgeback/core/error.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

namespace ridgeback::io {
namespace {

constexpr std::uint64_t length_bytes = 8;
constexpr std::size_t max_name_in_message = 80;

std::string shortened(const std::string& name) {
  return name.size() <= max_name_in_message ? name : name.substr(0, max_name_in_message) + "...";
}

// Receives the header as events and accepts exactly its grammar, so that nothing nests deeper than
// the grammar does, whatever the file holds:
//   { "__metadata__": {name: text...}, name: {"dtype": text, "shape": [n...],
//     "data_offsets": [n, n]}... }
class HeaderEvents {
 public:
  HeaderEvents(SafetensorsHeader& header, std::string_view file) : header_(header), file_(file) {}

  // The offset of an error that this class finds is not known to the parser's callbacks: the
  // header's start stands for it, and the message names the tensor.
  [[noreturn]] void fail(const std::string& what) const {
    throw FormatError(file_, length_bytes, what);
  }

  bool start_object(std::size_t /*size*/) {
    if (level_ == Level::nothing) {
      level_ = Level::root;
    } else if (level_ == Level::root && key_ == "__metadata__") {
      level_ = Level::metadata;
    } else if (level_ == Level::root) {
      level_ = Level::tensor;
      entry_ = {key_, {}, {}, 0, 0};
      fields_.clear();
    } else {
      fail(fmt::format("an object where none belongs (under \"{}\")", shortened(key_)));
    }
    return true;
  }

  bool end_object() {
    if (level_ == Level::tensor) {
      if (fields_.size() != 3) {
        fail(fmt::format("tensor \"{}\" lacks dtype, shape or data_offsets",
                         shortened(entry_.name)));
      }
      header_.tensors.push_back(std::move(entry_));
    }
    level_ = level_ == Level::root ? Level::nothing : Level::root;
    return true;
  }

  bool key(std::string& name) {
    key_ = std::move(name);
    if (level_ == Level::tensor) {
      if (key_ != "dtype" && key_ != "shape" && key_ != "data_offsets") {
        fail(fmt::format("tensor \"{}\" has an unknown field \"{}\"", shortened(entry_.name),
                         shortened(key_)));
      }
      if (!fields_.insert(key_).second) fail(fmt::format("\"{}\" comes twice", key_));
    } else if (level_ == Level::root && !names_.insert(key_).second) {
      fail(fmt::format("the name \"{}\" comes twice", shortened(key_)));
    }
    return true;
  }

  bool start_array(std::size_t /*size*/) {
    const bool fits = level_ == Level::tensor && key_ != "dtype";
    if (!fits) fail(fmt::format("an array where none belongs (under \"{}\")", shortened(key_)));
    level_ = Level::numbers;
    numbers_.clear();
    return true;
  }

  bool end_array() {
    level_ = Level::tensor;
    if (key_ == "shape") {
      entry_.shape = numbers_;
    } else if (numbers_.size() == 2) {
      entry_.begin = static_cast<std::uint64_t>(numbers_[0]);
      entry_.end = static_cast<std::uint64_t>(numbers_[1]);
    } else {
      fail(fmt::format("tensor \"{}\" has {} data_offsets (expected 2)", shortened(entry_.name),
                       numbers_.size()));
    }
    return true;
  }

  bool string(std::string& text) {
    if (level_ == Level::metadata) {
      if (!header_.metadata.emplace(key_, std::move(text)).second) {
        fail(fmt::format("the metadata \"{}\" comes twice", shortened(key_)));
      }
    } else if (level_ == Level::tensor && key_ == "dtype") {
      entry_.dtype = std::move(text);
    } else {
      fail(fmt::format("a text where none belongs (under \"{}\")", shortened(key_)));
    }
    return true;
  }

  bool number_unsigned(std::uint64_t value) {
    if (level_ != Level::numbers) return wrong_value();
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      fail(fmt::format("tensor \"{}\": {} is too large (got {})", shortened(entry_.name), key_,
                       value));
    }
    numbers_.push_back(static_cast<std::int64_t>(value));
    return true;
  }

  bool null() { return wrong_value(); }
  bool boolean(bool /*value*/) { return wrong_value(); }
  bool number_integer(std::int64_t /*value*/) { return wrong_value(); }
  bool number_float(double /*value*/, const std::string& /*text*/) { return wrong_value(); }
  bool binary(nlohmann::json::binary_t& /*value*/) { return wrong_value(); }

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) {
    throw FormatError(file_, length_bytes + position, "the header is not valid JSON");
  }

 private:
  enum class Level { nothing, root, metadata, tensor, numbers };

  [[nodiscard]] bool wrong_value() const {
    fail(fmt::format("a value of the wrong kind (under \"{}\"; sizes are whole numbers from 0)",
                     shortened(key_)));
  }

  SafetensorsHeader& header_;
  std::string_view file_;
  Level level_ = Level::nothing;
  std::string key_;
  std::set<std::string> names_;
  std::set<std::string> fields_;
  StoredEntry entry_;
  std::vector<std::int64_t> numbers_;
};

// The bytes that type and shape ask for.
std::uint64_t expected_bytes(const StoredEntry& entry, std::string_view file) {
  const std::int64_t element = dtype_bytes(entry.dtype);
  if (element == 0) {
    throw FormatError(file, length_bytes,
                      fmt::format("tensor \"{}\" has the unknown type \"{}\"",
                                  shortened(entry.name), shortened(entry.dtype)));
  }
  if (std::find(entry.shape.begin(), entry.shape.end(), 0) != entry.shape.end()) return 0;
  std::int64_t bytes = element;
  for (const std::int64_t extent : entry.shape) {
    if (__builtin_mul_overflow(bytes, extent, &bytes)) {
      throw FormatError(file, length_bytes,
                        fmt::format("the size of tensor \"{}\" overflows", shortened(entry.name)));
    }
  }
  return static_cast<std::uint64_t>(bytes);
}

// Every byte of data belongs to exactly one tensor.
void check_layout(SafetensorsHeader& header, std::string_view file) {
  const std::uint64_t data_bytes = header.file_bytes - header.data_offset;
  std::stable_sort(header.tensors.begin(), header.tensors.end(),
                   [](const StoredEntry& a, const StoredEntry& b) {
                     return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
                   });
  std::uint64_t covered = 0;
  for (const StoredEntry& entry : header.tensors) {
    const auto fail = [&](std::string_view what) {
      throw FormatError(file, header.data_offset + std::min(entry.begin, data_bytes),
                        fmt::format("tensor \"{}\" [{}, {}) {}", shortened(entry.name), entry.begin,
                                    entry.end, what));
    };
    if (entry.end < entry.begin) fail("ends before it begins");
    const std::uint64_t expected = expected_bytes(entry, file);
    if (entry.end - entry.begin != expected) {
      fail(fmt::format("does not fit its type and shape (expected {} bytes)", expected));
    }
    if (entry.end > data_bytes) {
      fail(fmt::format("lies beyond the file's {} bytes of data", data_bytes));
    }
    if (entry.begin < covered) fail("overlaps the tensor before it");
    if (entry.begin > covered) fail(fmt::format("leaves a hole after byte {}", covered));
    covered = entry.end;
  }
  if (covered != data_bytes) {
    throw FormatError(
        file, header.data_offset + covered,
        fmt::format("{} bytes are left over after the last tensor", data_bytes - covered));
  }
}

}  // namespace

std::uint64_t parse_header_length(std::span<const std::byte> start, std::uint64_t file_bytes,
                                  std::string_view name) {
  if (file_bytes == 0) throw FormatError(name, 0, "the file is empty");
  if (start.size() < length_bytes || file_bytes < length_bytes) {
    throw FormatError(name, file_bytes, "the file is too short for a safetensors header");
  }
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) {
    length |= static_cast<std::uint64_t>(start[i]) << (8 * i);
  }
  const std::uint64_t limit = std::min(max_header_bytes, file_bytes - length_bytes);
  if (length > limit) {
    throw FormatError(name, 0,
                      fmt::format("not a safetensors file, or a damaged one: header "
                                  "length out of range (got {}, expected at most {})",
                                  length, limit));
  }
  return length;
}

SafetensorsHeader parse_header(std::string_view json, std::uint64_t file_bytes,
                               std::string_view name) {
  SafetensorsHeader header;
  header.data_offset = length_bytes + json.size();
  header.file_bytes = file_bytes;
  if (json.empty() || json.front() != '{') {
    throw FormatError(name, length_bytes, "the header is not a JSON object");
  }
  HeaderEvents events(header, name);
  nlohmann::json::sax_parse(json.begin(), json.end(), &events);
  check_layout(header, name);
  return header;
}

}  // namespace ridgeback::io
