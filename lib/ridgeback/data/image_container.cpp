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

// Tables of: class and index, how many codes of 1 to 16 bits, that many values. stb_image before
// 2.28 writes past its arrays where there are more than 256.
void check_huffman_tables(Bytes data, std::size_t at, std::size_t end, std::string_view name) {
  while (at < end) {
    std::size_t codes = 0;
    for (std::size_t i = at + 1; i < std::min(at + 17, data.size()); ++i) codes += data[i];
    if (codes > 256) throw FormatError(name, at, "the JPEG image is damaged: bad Huffman table");
    at += 17 + codes;
  }
}

// Segments of: 0xFF, marker, length, bytes. In the data of a scan, 0xFF comes with 0 or a restart
// marker behind it only, so any other one is the next segment.
void check_jpeg(Bytes data, std::string_view name) {
  constexpr std::uint8_t fill = 0xFF, huffman = 0xC4, end = 0xD9;
  std::size_t at = 2;
  while (at + 1 < data.size()) {
    const std::uint8_t marker = data[at + 1];
    const bool restart = marker >= 0xD0 && marker <= 0xD7;
    if (data[at] != 0xFF || marker == fill || marker == 0 || restart) {
      ++at;
      continue;
    }
    if (marker == end) return;
    if (data.size() - at < 4) break;
    const std::size_t length = static_cast<std::size_t>(data[at + 2]) << 8 | data[at + 3];
    if (length < 2) throw FormatError(name, at, "the JPEG image is damaged: bad segment");
    if (marker == huffman) check_huffman_tables(data, at + 4, at + 2 + length, name);
    at += 2 + length;
  }
  throw FormatError(name, data.size(), "the JPEG image is truncated");
}

}  // namespace

void check_image_container(Bytes data, std::string_view name) {
  constexpr std::array<std::uint8_t, 2> jpeg_start{0xFF, 0xD8};
  if (starts_with(data, png_signature)) {
    check_png(data, name);
  } else if (starts_with(data, jpeg_start)) {
    check_jpeg(data, name);
  } else {
    throw FormatError(name, 0, "not a PNG or JPEG image");
  }
}

}  // namespace ridgeback::data
