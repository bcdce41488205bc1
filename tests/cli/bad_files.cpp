// SPDX-License-Identifier: Apache-2.0
#include "cli/bad_files.hpp"

#include <zlib.h>

namespace ridgeback::cli_test {

std::string idx(const std::vector<std::uint32_t>& extents, const std::string& bytes) {
  std::string file{'\0', '\0', '\x08', static_cast<char>(extents.size())};
  for (const std::uint32_t extent : extents) {
    for (int shift = 24; shift >= 0; shift -= 8) file += static_cast<char>(extent >> shift & 255);
  }
  return file + bytes;
}

std::string idx_images(std::uint32_t count, std::uint32_t size) {
  std::string bytes(std::size_t{count} * size * size, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7 % 251);
  return idx({count, size, size}, bytes);
}

std::string idx_labels(std::uint32_t count, std::uint32_t classes) {
  std::string bytes(count, '\0');
  for (std::uint32_t i = 0; i < count; ++i) bytes[i] = static_cast<char>(i % classes);
  return idx({count}, bytes);
}

std::string gzip(const std::string& bytes) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, bytes.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string safetensors(const std::string& header, std::uint64_t length, const std::string& data) {
  std::string file;
  for (int i = 0; i < 8; ++i) file += static_cast<char>(length >> (8 * i) & 255);
  return file + header + data;
}

}  // namespace ridgeback::cli_test
