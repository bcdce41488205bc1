// SPDX-License-Identifier: Apache-2.0
// A data set in memory. For classification: images as bytes, labels, and how bytes become floats.
// For language models: tokens, of which windows are the samples.
#pragma once

#include "ridgeback/core/shape.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ridgeback::data {

/// Samples in a fixed order. Images are contiguous bytes, one sample after another, each in the
/// row-major order of Dataset::sample_shape (height, width[, channels]).
struct Split {
  std::vector<std::uint8_t> images;
  std::vector<std::uint32_t> labels;
  std::vector<std::uint32_t> tokens = {};  ///< of a text, which has neither images nor labels
  std::int64_t context = 0;                ///< tokens of a window; 0 for images

  /// Images, or windows of `context` tokens that do not overlap and have a token behind them.
  [[nodiscard]] std::int64_t count() const {
    if (context == 0) return static_cast<std::int64_t>(labels.size());
    return tokens.empty() ? 0 : (static_cast<std::int64_t>(tokens.size()) - 1) / context;
  }
};

/// The longest window of a text.
inline constexpr std::int64_t max_context = 65536;

/// A byte v becomes (v / 255 - mean) / stddev.
struct Normalization {
  float mean = 0.0F;
  float stddev = 1.0F;

  bool operator==(const Normalization&) const = default;
};

/// The recipe that published MNIST results use; the default of all grey 28x28 images.
inline constexpr Normalization mnist_normalization{0.1307F, 0.3081F};

struct Dataset {
  std::string name;
  Shape sample_shape;  ///< {height, width} for grey images, {height, width, channels} for others,
                       ///< {context} for text
  std::int64_t classes = 0;              ///< of text: different tokens
  std::vector<std::string> class_names;  ///< one per class
  Normalization normalization;
  Split train;
  Split test;
  std::string tokens = {};  ///< "bytes" or "characters" for text (Vocabulary), empty for images

  /// Bytes, and after normalization floats, of one image; tokens of a window.
  [[nodiscard]] std::int64_t sample_size() const { return sample_shape.count(); }
  [[nodiscard]] bool is_text() const { return !tokens.empty(); }
  /// What is predicted for a sample: a class, or the token after each one of a window.
  [[nodiscard]] std::int64_t labels_per_sample() const { return is_text() ? sample_size() : 1; }
};

/// mnist_normalization for grey 28x28 images; for all else the mean and standard deviation over
/// every byte of `split` (stddev 1 where all bytes are equal or there are none).
[[nodiscard]] Normalization default_normalization(const Shape& sample_shape, const Split& split);

/// Throws InvalidArgument unless sizes agree, labels are below `classes`, class names are as many
/// as classes, stddev is above 0, and tokens are below `classes`. Every opener of this room returns
/// a valid data set.
void require_valid(const Dataset& dataset);

/// Writes the normalized pixels and the labels of the samples `indices` (each below split.count(),
/// else InvalidArgument). `images` holds indices.size() * sample_size floats, `labels` as many as
/// indices; a span of another length is InvalidArgument.
void fill_batch(const Split& split, std::int64_t sample_size, Normalization normalization,
                std::span<const std::uint32_t> indices, std::span<float> images,
                std::span<std::uint32_t> labels);

/// The value of each byte under a normalization, 256 entries.
[[nodiscard]] std::vector<float> normalization_table(Normalization normalization);

}  // namespace ridgeback::data
