// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/data/open.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/data/idx.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/core.h>
#include <utility>

namespace ridgeback::data {
namespace {

namespace fs = std::filesystem;

Dataset open_idx_as(const fs::path& folder, const std::string& prefix, const OpenOptions& options) {
  Dataset dataset =
      open_idx(folder, {.prefix = prefix,
                        .classes = static_cast<std::int64_t>(options.class_names.size()),
                        .max_bytes = options.max_bytes});
  if (!options.class_names.empty()) dataset.class_names = options.class_names;
  return dataset;
}

Dataset open_text_as(const fs::path& path, const OpenOptions& options) {
  TextOptions text = options.text;
  text.max_bytes = std::min(text.max_bytes, options.max_bytes);
  return open_text(path, text);
}

// "FOLDER/" means FOLDER; its last part must have a name.
fs::path without_slash(const std::string& spec) {
  fs::path path(spec);
  return path.has_filename() || !path.has_parent_path() ? path : path.parent_path();
}

Dataset open_files(const std::string& spec, const OpenOptions& options) {
  const fs::path path = without_slash(spec);
  std::error_code ignored;
  const fs::path parent = path.has_parent_path() ? path.parent_path() : fs::path(".");
  if (!fs::exists(path, ignored)) {
    const std::string prefix = path.filename().string();
    if (!prefix.empty() && fs::is_directory(parent, ignored) && has_idx_files(parent, prefix)) {
      return open_idx_as(parent, prefix, options);
    }
    throw FileError(spec,
                    "no such folder or file (expected \"drawn\", a folder of IDX files, images or "
                    "*.txt files, or a text file)");
  }
  if (fs::is_regular_file(path, ignored)) return open_text_as(path, options);
  if (!fs::is_directory(path, ignored)) {
    throw FileError(spec, "not a folder or file (expected \"drawn\" or one of the two)");
  }
  if (has_idx_files(path, "")) return open_idx_as(path, "", options);
  if (is_image_folder(path)) {
    return open_image_folder(path, {.height = options.height,
                                    .width = options.width,
                                    .channels = options.channels,
                                    .class_names = options.class_names,
                                    .seed = options.seed,
                                    .max_bytes = options.max_bytes,
                                    .progress = options.progress});
  }
  if (is_text(path)) return open_text_as(path, options);
  throw FileError(
      spec,
      "no data set found (looked for IDX files: train-images-idx3-ubyte, train-labels-idx1-ubyte, "
      "t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte, each with or without .gz; for images: "
      "CLASS/*.png|jpg|jpeg or train/CLASS/*.png|jpg|jpeg; and for text: *.txt)");
}

}  // namespace

Dataset open_dataset(const std::string& spec, const OpenOptions& options) {
  require(!spec.empty(), "data: the name is empty (expected \"drawn\", a folder or a file)");
  Dataset dataset = spec == "drawn" ? drawn_digits(options.drawn) : open_files(spec, options);
  require_valid(dataset);
  require(dataset.train.count() > 0, fmt::format("{}: there are no training samples", spec));
  return dataset;
}

}  // namespace ridgeback::data
