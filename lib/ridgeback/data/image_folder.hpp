// SPDX-License-Identifier: Apache-2.0
// A data set of image files: one folder a class.
#pragma once

#include "ridgeback/data/dataset.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace ridgeback::data {

/// Called with samples done and samples in all; from changing threads, never from two at once.
using Progress = std::function<void(std::int64_t done, std::int64_t total)>;

struct ImageFolderOptions {
  std::int64_t height = 0;  ///< 0: as the first image
  std::int64_t width = 0;   ///< 0: as the first image
  int channels = 0;         ///< 1 or 3; 0: as the first image
  /// The classes in order. Empty: the sorted names of the folders.
  std::vector<std::string> class_names;
  std::uint64_t seed = 1;  ///< of the split
  /// No split may hold more bytes once decoded.
  std::int64_t max_bytes = std::int64_t{4} << 30;
  Progress progress;
};

/// Whether a folder looks like such a data set: it, or its train/, has a folder with an image.
[[nodiscard]] bool is_image_folder(const std::filesystem::path& folder);

/// Reads FOLDER/train/CLASS/IMAGE and FOLDER/test/CLASS/IMAGE; where there is no test folder, or
/// FOLDER/CLASS/IMAGE alone, a tenth of each class, chosen by the seed, is the test split. Images
/// are PNG and JPEG files; hidden files and folders are passed over. All are resized to one size.
/// Samples are in the order of class, then file name. Throws FileError where there are no images,
/// FormatError naming the first damaged one, InvalidArgument for a folder that is none of
/// `class_names` and for more data than `max_bytes`.
[[nodiscard]] Dataset open_image_folder(const std::filesystem::path& folder,
                                        const ImageFolderOptions& options = {});

}  // namespace ridgeback::data
