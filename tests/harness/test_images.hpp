// SPDX-License-Identifier: Apache-2.0
// Image files made by the tests: a PNG writer, and a small JPEG.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>
#include <zlib.h>

namespace ridgeback::test {

using Bytes = std::vector<std::uint8_t>;

inline void append_word(Bytes& bytes, std::uint32_t value) {
  for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<std::uint8_t>(value >> shift));
}

inline void append_chunk(Bytes& png, std::string_view type, std::span<const std::uint8_t> data) {
  append_word(png, static_cast<std::uint32_t>(data.size()));
  const std::size_t start = png.size();
  png.insert(png.end(), type.begin(), type.end());
  png.insert(png.end(), data.begin(), data.end());
  append_word(png, static_cast<std::uint32_t>(
                       crc32(0, png.data() + start, static_cast<uInt>(png.size() - start))));
}

/// A PNG with these 8-bit pixels; channels 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA. The header says
/// `claimed_height` rows where that is above 0.
inline Bytes png(std::uint32_t height, std::uint32_t width, std::uint32_t channels,
                 const Bytes& pixels, std::uint32_t claimed_height = 0) {
  constexpr std::array<std::uint8_t, 5> colour_type{0, 0, 4, 2, 6};
  Bytes file{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  Bytes header;
  append_word(header, width);
  append_word(header, claimed_height > 0 ? claimed_height : height);
  header.insert(header.end(), {8, colour_type[channels], 0, 0, 0});
  append_chunk(file, "IHDR", header);
  const std::size_t row_bytes = static_cast<std::size_t>(width) * channels;
  Bytes raw(height * (row_bytes + 1), 0);  // a filter byte of 0 before each row
  for (std::size_t y = 0; y < height; ++y) {
    std::copy_n(pixels.begin() + static_cast<std::ptrdiff_t>(y * row_bytes), row_bytes,
                raw.begin() + static_cast<std::ptrdiff_t>(y * (row_bytes + 1) + 1));
  }
  uLongf size = compressBound(raw.size());
  Bytes packed(size);
  compress(packed.data(), &size, raw.data(), raw.size());
  packed.resize(size);
  append_chunk(file, "IDAT", packed);
  append_chunk(file, "IEND", {});
  return file;
}

/// Writes the true checksum behind every chunk, so that mutated files get past it.
inline void repair_png(Bytes& file) {
  for (std::size_t at = 8; at + 12 <= file.size();) {
    const std::size_t length = static_cast<std::size_t>(file[at]) << 24 |
                               static_cast<std::size_t>(file[at + 1]) << 16 |
                               static_cast<std::size_t>(file[at + 2]) << 8 | file[at + 3];
    if (length > file.size() - at - 12) return;
    Bytes crc;
    append_word(crc, static_cast<std::uint32_t>(
                         crc32(0, file.data() + at + 4, static_cast<uInt>(length + 4))));
    std::copy(crc.begin(), crc.end(), file.begin() + static_cast<std::ptrdiff_t>(at + 8 + length));
    at += length + 12;
  }
}

/// A grey JPEG of 8 rows and 16 columns: the left half 192, the right half 64.
inline Bytes jpeg() {
  constexpr std::array<std::uint8_t, 7> start{0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0};
  // clang-format off
  constexpr auto rest = std::to_array<std::uint8_t>({
      // Frame: 8 bits, height, width, one component.
      0xFF, 0xC0, 0, 11, 8, 0, 8, 0, 16, 1, 1, 0x11, 0,
      // DC codes of two bits, for differences of 0, 7 and 8 bits.
      0xFF, 0xC4, 0, 22, 0x00, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 8,
      // AC codes: the end of the block alone.
      0xFF, 0xC4, 0, 20, 0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      // The scan: +64, then -128.
      0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0, 0x60, 0x27, 0xF7,
      0xFF, 0xD9,
  });
  // clang-format on
  // Between them the quantization table: every step 8, so that a level is one DC unit.
  Bytes file(start.size() + 64 + rest.size(), 8);
  std::copy(start.begin(), start.end(), file.begin());
  std::copy(rest.begin(), rest.end(), file.end() - static_cast<std::ptrdiff_t>(rest.size()));
  return file;
}

}  // namespace ridgeback::test
