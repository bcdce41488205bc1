// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/data/image_container.hpp"

#include "ridgeback/core/error.hpp"

#include <algorithm>
#include <array>
#include <zlib.h>

namespace ridgeback::data {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::array<std::uint8_t, 8> png_signature{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

bool starts_with(Bytes data, Bytes start) {
  return data.size() >= start.size() && std::equal(start.begin(), start.end(), data.begin());
}

std::uint32_t big_endian(Bytes bytes) {
  return static_cast<std::uint32_t>(bytes[0]) << 24 | static_cast<std::uint32_t>(bytes[1]) << 16 |
         static_cast<std::uint32_t>(bytes[2]) << 8 | bytes[3];
}

// Chunks of: length, type, that many bytes, checksum over type and bytes.
void check_png(Bytes data, std::string_view name) {
  constexpr std::array<std::uint8_t, 4> end_type{'I', 'E', 'N', 'D'};
  std::size_t at = png_signature.size();
  for (;;) {
    if (data.size() - at < 12) throw FormatError(name, at, "the PNG image is truncated");
    const std::size_t length = big_endian(data.subspan(at));
    if (length > data.size() - at - 12) throw FormatError(name, at, "the PNG image is truncated");
    const Bytes body = data.subspan(at + 4, length + 4);
    if (crc32_z(0, body.data(), body.size()) != big_endian(data.subspan(at + 8 + length))) {
      throw FormatError(name, at, "the PNG image is damaged: wrong checksum");
    }
    if (starts_with(body, end_type)) return;
    at += length + 12;
  }
}

// Segments of: 0xFF, marker, length, bytes; after the start of the scan comes data in which 0xFF
// 0xD9 can only be the end marker.
void check_jpeg(Bytes data, std::string_view name) {
  constexpr std::uint8_t scan = 0xDA, end = 0xD9;
  std::size_t at = 2;
  while (at + 4 <= data.size() && data[at] == 0xFF && data[at + 1] != scan) {
    const bool fill = data[at + 1] == 0xFF;
    at += fill ? 1U : 2U + (static_cast<std::size_t>(data[at + 2]) << 8 | data[at + 3]);
  }
  for (; at + 2 <= data.size(); ++at) {
    if (data[at] == 0xFF && data[at + 1] == end) return;
  }
  throw FormatError(name, data.size(), "the JPEG image is truncated");
}

}  // namespace

void check_image_container(Bytes data, std::string_view name) {
  constexpr std::array<std::uint8_t, 3> jpeg_start{0xFF, 0xD8, 0xFF};
  if (starts_with(data, png_signature)) check_png(data, name);
  if (starts_with(data, jpeg_start)) check_jpeg(data, name);
}

}  // namespace ridgeback::data
