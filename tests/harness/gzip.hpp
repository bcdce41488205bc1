// SPDX-License-Identifier: Apache-2.0
// Compresses for tests.
#pragma once

#include <cstdint>
#include <span>
#include <vector>
#include <zlib.h>

namespace ridgeback::test {

/// One gzip member.
inline std::vector<std::uint8_t> gzip(std::span<const std::uint8_t> bytes) {
  z_stream zlib{};
  deflateInit2(&zlib, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::vector<std::uint8_t> packed(deflateBound(&zlib, bytes.size()) + 64);
  std::vector<std::uint8_t> input(bytes.begin(), bytes.end());  // zlib wants it writable
  zlib.next_in = input.data();
  zlib.avail_in = static_cast<uInt>(input.size());
  zlib.next_out = packed.data();
  zlib.avail_out = static_cast<uInt>(packed.size());
  deflate(&zlib, Z_FINISH);
  packed.resize(zlib.total_out);
  deflateEnd(&zlib);
  return packed;
}

}  // namespace ridgeback::test
