// SPDX-License-Identifier: Apache-2.0
// What a model file says about the data that its model takes.
#pragma once

#include "ridgeback/core/shape.hpp"

#include <map>
#include <string>
#include <vector>

namespace ridgeback::io {

struct ModelInfo {
  Shape sample_shape;  ///< {height, width}, {height, width, channels} or, for text, {context}
  float mean = 0;      ///< a byte v becomes (v / 255 - mean) / stddev
  float stddev = 1;
  std::vector<std::string> class_names;
  /// Kind of tokens of a language model, "bytes" or "characters", whose names are class_names;
  /// empty for a model of images.
  std::string tokens = {};

  bool operator==(const ModelInfo&) const = default;
};

/// Adds the keys "sample_shape", "mean", "stddev" and "class_names" (JSON values) to a file's
/// metadata, for text "tokens" too.
void write_info(const ModelInfo& info, std::map<std::string, std::string>& metadata);

/// Reads them back. Throws FormatError, naming `file` and the key, for what is missing or makes no
/// sense.
[[nodiscard]] ModelInfo read_info(const std::map<std::string, std::string>& metadata,
                                  const std::string& file);

}  // namespace ridgeback::io
