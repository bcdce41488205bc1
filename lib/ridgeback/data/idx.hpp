// SPDX-License-Identifier: Apache-2.0
// The IDX format of MNIST and its relatives (Fashion-MNIST, EMNIST, KMNIST, ...), plain or gzip.
#pragma once

#include "ridgeback/data/byte_stream.hpp"
#include "ridgeback/data/dataset.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace ridgeback::data {

struct IdxOptions {
  /// The names start with "<prefix>-", as EMNIST's do. Empty: no prefix, or the only one there is.
  std::string prefix;
  /// Labels must be below this, and the data set has this many classes. 0: one more than the
  /// largest training label.
  std::int64_t classes = 0;
  /// No file may hold more (decompressed) bytes.
  std::int64_t max_bytes = std::int64_t{4} << 30;
};

/// An array of unsigned bytes as an IDX file holds it.
struct IdxArray {
  std::vector<std::int64_t> extents;
  std::vector<std::uint8_t> bytes;
};

/// Reads one array of bytes (type 0x08, 1 to 4 axes) to the end of the stream. Throws FormatError
/// with name and offset for a wrong magic, a type that is not bytes, sizes beyond `max_bytes`, too
/// few bytes and bytes left over. Memory grows with the bytes that arrive, not with what the header
/// promises.
[[nodiscard]] IdxArray read_idx(ByteStream& stream, std::int64_t max_bytes);

/// Whether a folder holds any file named like a part of an IDX data set.
[[nodiscard]] bool has_idx_files(const std::filesystem::path& folder, const std::string& prefix);

/// The data set of four files in a folder: [PREFIX-]train-images-idx3-ubyte,
/// train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte; "test" may stand for
/// "t10k" and "." for the "-" before "idx", and ".gz" may follow. Any image size, 1 to 256 classes,
/// any number of samples above 0. Throws FileError listing the names that were looked for,
/// InvalidArgument where several prefixes are there and none was chosen, and FormatError for
/// everything that does not fit together.
[[nodiscard]] Dataset open_idx(const std::filesystem::path& folder, const IdxOptions& options = {});

}  // namespace ridgeback::data
