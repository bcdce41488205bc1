// SPDX-License-Identifier: Apache-2.0
// The only file that holds stb_image.
#include "ridgeback/core/error.hpp"
#include "ridgeback/data/image_container.hpp"
#include "ridgeback/data/images.hpp"

#include <cstdlib>
#include <fmt/core.h>
#include <memory>
#include <string>

namespace {

// stb_image inflates whatever a PNG holds, so its memory is limited per allocation to what an image
// of the size in the header may need.
thread_local std::size_t largest_allocation = 0;

void* limited_malloc(std::size_t bytes) {
  return bytes <= largest_allocation ? std::malloc(bytes) : nullptr;
}

void* limited_realloc(void* memory, std::size_t bytes) {
  return bytes <= largest_allocation ? std::realloc(memory, bytes) : nullptr;
}

}  // namespace

// Static: an application may link its own stb_image.
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_PNG
#define STBI_ONLY_JPEG
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_HDR
#define STBI_ASSERT(condition) ((void)0)
#define STBI_MALLOC(bytes) limited_malloc(bytes)
#define STBI_REALLOC(memory, bytes) limited_realloc(memory, bytes)
#define STBI_FREE(memory) std::free(memory)
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wunused-function"
#endif
#include <stb_image.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

namespace ridgeback::data {
namespace {

// A PNG of one bit a pixel packs at most 8 * 1032 pixels into a byte, and JPEG fewer.
constexpr std::int64_t max_pixels_per_byte = 10'000;

std::string reason() {
  const char* text = stbi_failure_reason();
  return text != nullptr ? text : "unknown reason";
}

void check_size(std::int64_t width, std::int64_t height, std::size_t file_bytes,
                std::string_view name) {
  if (width < 1 || height < 1) throw FormatError(name, "the image is empty");
  if (width > max_image_pixels / height) {
    throw FormatError(name, fmt::format("the image is too large (got {} x {}, expected at most {} "
                                        "pixels)",
                                        width, height, max_image_pixels));
  }
  const auto bytes = static_cast<std::int64_t>(file_bytes);
  if (width * height / max_pixels_per_byte > bytes) {
    throw FormatError(
        name, fmt::format("{} bytes cannot hold an image of {} x {} pixels", bytes, width, height));
  }
}

// 16-bit samples of four channels, twice while a buffer grows, on borders padded to whole blocks.
std::size_t allocation_limit(std::int64_t width, std::int64_t height, std::size_t file_bytes) {
  const std::int64_t padded = (width + 64) * (height + 64);
  return static_cast<std::size_t>(16 * padded) + 2 * file_bytes + (std::size_t{1} << 20);
}

}  // namespace

Image decode_image(std::span<const std::uint8_t> data, std::string_view name, int channels) {
  require(channels == 0 || channels == 1 || channels == 3,
          fmt::format("image: channels must be 0, 1 or 3 (got {})", channels));
  if (data.empty()) throw FormatError(name, 0, "the file is empty");
  if (data.size() > max_image_file_bytes) {
    throw FormatError(name, fmt::format("the file is too large (got {} bytes, expected at most {})",
                                        data.size(), max_image_file_bytes));
  }
  check_image_container(data, name);
  const int bytes = static_cast<int>(data.size());
  int width = 0, height = 0, stored = 0;
  largest_allocation = std::size_t{1} << 20;
  if (stbi_info_from_memory(data.data(), bytes, &width, &height, &stored) == 0) {
    throw FormatError(name, fmt::format("the image is damaged: {}", reason()));
  }
  check_size(width, height, data.size(), name);
  const int wanted = channels != 0 ? channels : (stored <= 2 ? 1 : 3);
  largest_allocation = allocation_limit(width, height, data.size());
  const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(
      stbi_load_from_memory(data.data(), bytes, &width, &height, &stored, wanted), std::free);
  if (!pixels) throw FormatError(name, fmt::format("the image is damaged: {}", reason()));
  Image image{height, width, wanted, {}};
  image.bytes.assign(pixels.get(), pixels.get() + image.height * image.width * image.channels);
  return image;
}

}  // namespace ridgeback::data
