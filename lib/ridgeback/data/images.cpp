// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/data/images.hpp"

#include "ridgeback/core/error.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstring>
#include <fmt/core.h>
#include <fstream>
#include <string>
#include <utility>

namespace ridgeback::data {
namespace {

namespace fs = std::filesystem;

// The source elements first, first + 1, ... that one output element is made of.
struct Tap {
  std::int64_t first;
  std::vector<float> weights;
};

// Overlap of output cell i with every source cell, as shares of the cell.
Tap area_tap(std::int64_t i, double scale, std::int64_t from) {
  const double low = static_cast<double>(i) * scale, high = low + scale;
  const auto first = static_cast<std::int64_t>(low);
  const std::int64_t last = std::min(static_cast<std::int64_t>(std::ceil(high)), from);
  Tap tap{first, {}};
  for (std::int64_t s = first; s < last; ++s) {
    const double covered =
        std::min(high, static_cast<double>(s + 1)) - std::max(low, static_cast<double>(s));
    tap.weights.push_back(static_cast<float>(covered / scale));
  }
  return tap;
}

// The two source cells whose centres surround the centre of output cell i.
Tap linear_tap(std::int64_t i, double scale, std::int64_t from) {
  const double centre =
      std::clamp((static_cast<double>(i) + 0.5) * scale - 0.5, 0.0, static_cast<double>(from - 1));
  const auto first = static_cast<std::int64_t>(centre);
  const auto share = static_cast<float>(centre - static_cast<double>(first));
  if (first + 1 >= from) return {first, {1.0F}};
  return {first, {1.0F - share, share}};
}

std::vector<Tap> taps(std::int64_t from, std::int64_t to) {
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  std::vector<Tap> list;
  for (std::int64_t i = 0; i < to; ++i) {
    list.push_back(to < from ? area_tap(i, scale, from) : linear_tap(i, scale, from));
  }
  return list;
}

std::vector<std::uint8_t> file_bytes(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) throw FileError(path.string(), "no such file");
  if (!fs::is_regular_file(status)) throw FileError(path.string(), "not a regular file");
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) throw FileError(path.string(), error.message());
  if (size > max_image_file_bytes) {
    throw FormatError(path.string(), fmt::format("the file is too large (got {} bytes, expected at "
                                                 "most {})",
                                                 size, max_image_file_bytes));
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) throw FileError(path.string(), fmt::format("cannot open: {}", std::strerror(errno)));
  std::vector<std::uint8_t> bytes(size);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  return bytes;
}

}  // namespace

bool has_image_name(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension == ".png" || extension == ".jpg" || extension == ".jpeg";
}

Image read_image(const fs::path& path, int channels) {
  return decode_image(file_bytes(path), path.string(), channels);
}

Image resize(const Image& image, std::int64_t height, std::int64_t width) {
  require(height >= 1 && width >= 1 && image.height >= 1 && image.width >= 1,
          "resize: sizes must be at least 1");
  if (height == image.height && width == image.width) return image;
  const std::int64_t channels = image.channels;
  const std::vector<Tap> columns = taps(image.width, width), rows = taps(image.height, height);
  const auto row_floats = static_cast<std::size_t>(width * channels);

  // Each source row is narrowed once and added to the output rows that it belongs to.
  const auto narrowed = [&](std::int64_t y) {
    std::vector<float> row(row_floats, 0.0F);
    const std::uint8_t* from = image.bytes.data() + y * image.width * channels;
    for (std::int64_t x = 0; x < width; ++x) {
      const Tap& tap = columns[static_cast<std::size_t>(x)];
      for (std::size_t t = 0; t < tap.weights.size(); ++t) {
        const std::int64_t source = (tap.first + static_cast<std::int64_t>(t)) * channels;
        for (std::int64_t c = 0; c < channels; ++c) {
          row[static_cast<std::size_t>(x * channels + c)] += tap.weights[t] * from[source + c];
        }
      }
    }
    return row;
  };

  Image resized{height, width, channels, {}};
  resized.bytes.reserve(static_cast<std::size_t>(height) * row_floats);
  // Neighbouring output rows share at most two source rows: they are kept.
  std::array<std::pair<std::int64_t, std::vector<float>>, 2> recent{{{-1, {}}, {-1, {}}}};
  const auto source_row = [&](std::int64_t y) -> const std::vector<float>& {
    auto& slot = recent[static_cast<std::size_t>(y % 2)];
    if (slot.first != y) slot = {y, narrowed(y)};
    return slot.second;
  };
  std::vector<float> sums(row_floats);
  for (const Tap& tap : rows) {
    std::fill(sums.begin(), sums.end(), 0.0F);
    for (std::size_t t = 0; t < tap.weights.size(); ++t) {
      const std::vector<float>& row = source_row(tap.first + static_cast<std::int64_t>(t));
      for (std::size_t i = 0; i < row_floats; ++i) sums[i] += tap.weights[t] * row[i];
    }
    for (const float sum : sums) {
      resized.bytes.push_back(static_cast<std::uint8_t>(std::clamp(sum + 0.5F, 0.0F, 255.0F)));
    }
  }
  return resized;
}

std::vector<std::uint8_t> load_image(const fs::path& path, std::int64_t height, std::int64_t width,
                                     int channels) {
  require(channels == 1 || channels == 3,
          fmt::format("load_image: channels must be 1 or 3 (got {})", channels));
  return resize(read_image(path, channels), height, width).bytes;
}

}  // namespace ridgeback::data
