// SPDX-License-Identifier: Apache-2.0
// PNG and JPEG files as bytes, resized to what a model wants.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

namespace ridgeback::data {

/// Bytes in the order height, width, channels; 1 channel is grey, 3 are red, green, blue.
struct Image {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 0;
  std::vector<std::uint8_t> bytes;

  bool operator==(const Image&) const = default;
};

/// What no image file may exceed.
inline constexpr std::uint64_t max_image_file_bytes = std::uint64_t{64} << 20;
inline constexpr std::int64_t max_image_pixels = std::int64_t{1} << 26;

/// Whether the name ends like an image file (.png .jpg .jpeg in any case).
[[nodiscard]] bool has_image_name(const std::filesystem::path& path);

/// Decodes PNG or JPEG data; `name` stands for it in messages. `channels` is 1 (grey), 3 (RGB) or 0
/// (as the file has it); transparency is dropped. Throws FormatError if the data is damaged, too
/// large, or claims more pixels than its bytes can hold; memory is bounded by the true size.
[[nodiscard]] Image decode_image(std::span<const std::uint8_t> data, std::string_view name,
                                 int channels = 0);

/// Decodes a file; FileError if it cannot be read.
[[nodiscard]] Image read_image(const std::filesystem::path& path, int channels = 0);

/// A copy of another size, each axis by itself: averages over the covered area where it shrinks,
/// linear interpolation where it grows. Sizes are at least 1.
[[nodiscard]] Image resize(const Image& image, std::int64_t height, std::int64_t width);

/// The bytes of an image file in the size and channels (1 or 3) asked.
[[nodiscard]] std::vector<std::uint8_t> load_image(const std::filesystem::path& path,
                                                   std::int64_t height, std::int64_t width,
                                                   int channels);

}  // namespace ridgeback::data
