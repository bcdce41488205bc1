// SPDX-License-Identifier: Apache-2.0
// The header of a safetensors file, checked. Internal to the reader.
#pragma once

#include "ridgeback/io/safetensors.hpp"

#include <string_view>

namespace ridgeback::io {

/// Length of the JSON header, from the first 8 bytes (or fewer, if the file has no more) of a file
/// of `file_bytes`. Throws FormatError unless it fits the file and max_header_bytes.
[[nodiscard]] std::uint64_t parse_header_length(std::span<const std::byte> start,
                                                std::uint64_t file_bytes, std::string_view name);

/// Parses and checks a whole JSON header of a file of `file_bytes` bytes.
[[nodiscard]] SafetensorsHeader parse_header(std::string_view json, std::uint64_t file_bytes,
                                             std::string_view name);

}  // namespace ridgeback::io
