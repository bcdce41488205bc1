// SPDX-License-Identifier: Apache-2.0
// What the fuzzers do with a piece of data: one function for each parser of files from outside.
// A function returns quietly when the parser threw a ridgeback::Error, which is its right; any
// other way out is a defect. What was read must fit together and survive being written and read
// again.
#pragma once

#include "ridgeback/core/error.hpp"
#include "ridgeback/data/idx.hpp"
#include "ridgeback/data/images.hpp"
#include "ridgeback/io/metrics.hpp"
#include "ridgeback/io/safetensors.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "harness/gzip.hpp"
#include "harness/test_images.hpp"

namespace ridgeback::fuzz {

using Bytes = std::span<const std::uint8_t>;

inline void expect(bool condition) {
  if (!condition) std::abort();
}

/// An IDX file, compressed if it starts like gzip.
inline void fuzz_idx(Bytes bytes) {
  constexpr std::int64_t max_bytes = 1 << 16;  // small, so that a fuzzer meets it
  try {
    data::ByteStream stream = data::ByteStream::of(bytes, "fuzz");
    const data::IdxArray array = data::read_idx(stream, max_bytes);
    // In floating point: beside an extent of 0 the others may be anything.
    double product = 1;
    for (const std::int64_t extent : array.extents) product *= static_cast<double>(extent);
    expect(product == static_cast<double>(array.bytes.size()));
  } catch (const Error&) {
  }
}

/// An IDX file that is compressed here. The first three bytes choose a byte of the result and what
/// is flipped in it, so that a fuzzer gets past the checksum of the rest.
inline void fuzz_gzip_idx(Bytes bytes) {
  if (bytes.size() < 3) return;
  std::vector<std::uint8_t> packed = test::gzip(bytes.subspan(3));
  packed[(bytes[0] * 256U + bytes[1]) % packed.size()] ^= bytes[2];
  fuzz_idx(packed);
}

inline void fuzz_safetensors(Bytes bytes) {
  try {
    const io::SafetensorsFile file = io::parse_safetensors(std::as_bytes(bytes), "fuzz");
    for (const io::StoredTensor& tensor : file.tensors) (void)io::first_not_finite(tensor);
    const std::vector<std::byte> written = io::serialize_safetensors(file);
    expect(io::serialize_safetensors(io::parse_safetensors(written, "again")) == written);
  } catch (const Error&) {
  }
}

/// A PNG or JPEG file. PNG checksums are made right first.
inline void fuzz_image(Bytes bytes) {
  std::vector<std::uint8_t> file(bytes.begin(), bytes.end());
  test::repair_png(file);
  try {
    const data::Image image = data::decode_image(file, "fuzz");
    expect(static_cast<std::int64_t>(image.bytes.size()) ==
           image.height * image.width * image.channels);
    if (image.height * image.width > 1 << 16) return;
    expect(data::resize(image, 7, 5).bytes.size() == static_cast<std::size_t>(35 * image.channels));
  } catch (const Error&) {
  }
}

/// A file of JSON lines.
inline void fuzz_metrics(Bytes bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  try {
    for (const io::Record& record : io::parse_metrics(text, "fuzz")) {
      const std::string json = io::to_json(record);
      expect(io::to_json(io::parse_record(json, "again")) == json);
    }
  } catch (const Error&) {
  }
}

struct Target {
  std::string_view name;
  void (*run)(Bytes bytes);
};
inline constexpr std::array<Target, 5> targets{{{"idx", fuzz_idx},
                                                {"gzip_idx", fuzz_gzip_idx},
                                                {"safetensors", fuzz_safetensors},
                                                {"image", fuzz_image},
                                                {"metrics", fuzz_metrics}}};

}  // namespace ridgeback::fuzz
