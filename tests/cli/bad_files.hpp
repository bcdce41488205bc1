// SPDX-License-Identifier: Apache-2.0
// Files of the formats that the program reads, good ones and the pieces of bad ones.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ridgeback::cli_test {

/// An IDX header: type 8 (bytes), these extents, then `bytes`.
[[nodiscard]] std::string idx(const std::vector<std::uint32_t>& extents, const std::string& bytes);

/// `count` images of size x size and labels that go round `classes`.
[[nodiscard]] std::string idx_images(std::uint32_t count, std::uint32_t size);
[[nodiscard]] std::string idx_labels(std::uint32_t count, std::uint32_t classes);

/// gzip of bytes.
[[nodiscard]] std::string gzip(const std::string& bytes);

/// A safetensors file whose header claims to be `length` bytes long.
[[nodiscard]] std::string safetensors(const std::string& header, std::uint64_t length,
                                      const std::string& data = "");
[[nodiscard]] inline std::string safetensors(const std::string& header,
                                             const std::string& data = "") {
  return safetensors(header, header.size(), data);
}

}  // namespace ridgeback::cli_test
