// SPDX-License-Identifier: Apache-2.0
// A data set from what a user writes after --data.
#pragma once

#include "ridgeback/data/drawn.hpp"
#include "ridgeback/data/image_folder.hpp"
#include "ridgeback/data/text.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace ridgeback::data {

struct OpenOptions {
  DrawnOptions drawn;  ///< for "drawn"
  /// Size and channels of image folders: 0 means as the first image. IDX files keep their own.
  std::int64_t height = 0;
  std::int64_t width = 0;
  int channels = 0;
  /// The classes of a model to evaluate: labels and folders must be among them. Empty: what the
  /// data has.
  std::vector<std::string> class_names;
  std::uint64_t seed = 1;                          ///< of an image folder's split
  std::int64_t max_bytes = std::int64_t{4} << 30;  ///< of one file or split in memory
  Progress progress;                               ///< while images are decoded
  TextOptions text;                                ///< of text; its max_bytes is the one above
};

/// Opens "drawn", a folder of IDX files, one set of several in a folder ("FOLDER/PREFIX" for
/// FOLDER/PREFIX-train-images-idx3-ubyte.gz...), a folder of images, a folder of *.txt files or a
/// text file; a folder's content decides, in this order.
/// The result is valid (require_valid) and has at least one training sample. Throws FileError that
/// says what was looked for where there is nothing of the kind, and what open_idx,
/// open_image_folder and open_text throw.
[[nodiscard]] Dataset open_dataset(const std::string& spec, const OpenOptions& options = {});

}  // namespace ridgeback::data
