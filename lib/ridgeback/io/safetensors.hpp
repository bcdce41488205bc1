// SPDX-License-Identifier: Apache-2.0
// The safetensors format: an 8-byte length, a JSON header, the bytes of the tensors.
#pragma once

#include "ridgeback/io/stored_tensor.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ridgeback::io {

struct SafetensorsFile {
  std::map<std::string, std::string> metadata;
  std::vector<StoredTensor> tensors;  ///< as read: in the order of their data

  bool operator==(const SafetensorsFile&) const = default;
};

/// One tensor of a header: the bytes [begin, end) after the header.
struct StoredEntry {
  std::string name;
  std::string dtype;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

struct SafetensorsHeader {
  std::map<std::string, std::string> metadata;
  std::vector<StoredEntry> tensors;  ///< in the order of their data
  std::uint64_t data_offset = 0;     ///< of the first data byte in the file
  std::uint64_t file_bytes = 0;
};

/// No header may be longer.
inline constexpr std::uint64_t max_header_bytes = 100'000'000;

/// Reads a file. The header is believed only after every check: its length and the JSON's depth and
/// kind, names that come twice, unknown types, sizes that overflow or do not fit the type, data
/// that overlaps, has holes, ends early or is left over. Throws FormatError with name and offset,
/// or FileError; allocates no more than about three times the file's size.
[[nodiscard]] SafetensorsFile read_safetensors(const std::filesystem::path& path);

/// The header alone, with the same checks; reads no tensor data.
[[nodiscard]] SafetensorsHeader read_safetensors_header(const std::filesystem::path& path);

/// Reads a file that is in memory; `name` stands for it in messages.
[[nodiscard]] SafetensorsFile parse_safetensors(std::span<const std::byte> bytes,
                                                std::string_view name);

/// Writes atomically. The bytes depend on the contents only: tensors in order of falling element
/// size, then name, so that each starts on a multiple of its element's size; the header padded with
/// spaces so that data starts on a multiple of 8. Throws InvalidArgument for a tensor whose bytes
/// do not fit its type and shape or whose name comes twice or is "__metadata__", and FileError.
void write_safetensors(const std::filesystem::path& path,
                       const std::map<std::string, std::string>& metadata,
                       std::span<const StoredTensor> tensors);

/// The same into memory.
[[nodiscard]] std::vector<std::byte> serialize_safetensors(const SafetensorsFile& file);

}  // namespace ridgeback::io
