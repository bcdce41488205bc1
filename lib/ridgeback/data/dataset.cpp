// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/data/dataset.hpp"

#include "ridgeback/core/error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/core.h>

namespace ridgeback::data {
namespace {

void require_valid_split(const Dataset& dataset, const Split& split, std::string_view name) {
  const std::int64_t bytes = checked_multiply(split.count(), dataset.sample_size(), "dataset");
  require(static_cast<std::int64_t>(split.images.size()) == bytes,
          fmt::format("dataset: {} images hold a wrong number of bytes (got {}, expected {})", name,
                      split.images.size(), bytes));
  for (std::size_t i = 0; i < split.labels.size(); ++i) {
    require(split.labels[i] < dataset.classes,
            fmt::format("dataset: {} label of sample {} out of range (got {}, expected below {})",
                        name, i, split.labels[i], dataset.classes));
  }
}

void require_valid_tokens(const Dataset& dataset, const Split& split, std::string_view name) {
  require(split.images.empty() && split.labels.empty() && split.context == dataset.sample_size(),
          fmt::format("dataset: the {} split of a text holds windows of another length (got {}, "
                      "expected {})",
                      name, split.context, dataset.sample_size()));
  for (std::size_t i = 0; i < split.tokens.size(); ++i) {
    require(split.tokens[i] < dataset.classes,
            fmt::format("dataset: {} token {} out of range (got {}, expected below {})", name, i,
                        split.tokens[i], dataset.classes));
  }
}

bool is_grey_28(const Shape& shape) {
  return shape == Shape{28, 28} || shape == Shape{28, 28, 1};
}

}  // namespace

Normalization default_normalization(const Shape& sample_shape, const Split& split) {
  if (is_grey_28(sample_shape)) return mnist_normalization;
  std::array<std::uint64_t, 256> histogram{};
  for (const std::uint8_t byte : split.images) ++histogram[byte];
  const double total = static_cast<double>(split.images.size());
  if (total == 0) return {};
  double sum = 0;
  for (std::size_t v = 0; v < 256; ++v) {
    sum += static_cast<double>(histogram[v]) * static_cast<double>(v);
  }
  const double mean = sum / total;
  double squares = 0;
  for (std::size_t v = 0; v < 256; ++v) {
    const double distance = static_cast<double>(v) - mean;
    squares += static_cast<double>(histogram[v]) * distance * distance;
  }
  const double stddev = std::sqrt(squares / total);
  return {static_cast<float>(mean / 255.0), stddev > 0 ? static_cast<float>(stddev / 255.0) : 1.0F};
}

void require_valid(const Dataset& dataset) {
  const int rank = dataset.sample_shape.rank();
  const bool text = dataset.is_text();
  require(text ? rank == 1 : rank == 2 || rank == 3,
          fmt::format("dataset: samples must be images or windows of a text (got shape {}, "
                      "expected 2 or 3 axes, for text 1)",
                      dataset.sample_shape.text()));
  require(dataset.sample_size() > 0,
          fmt::format("dataset: samples are empty (got shape {})", dataset.sample_shape.text()));
  require(dataset.classes > 0, "dataset: there are no classes");
  require(static_cast<std::int64_t>(dataset.class_names.size()) == dataset.classes,
          fmt::format("dataset: wrong number of class names (got {}, expected {})",
                      dataset.class_names.size(), dataset.classes));
  require(dataset.normalization.stddev > 0, "dataset: stddev must be above 0");
  const auto require_split = text ? require_valid_tokens : require_valid_split;
  require_split(dataset, dataset.train, "train");
  require_split(dataset, dataset.test, "test");
}

std::vector<float> normalization_table(Normalization normalization) {
  std::vector<float> table(256);
  for (std::size_t v = 0; v < 256; ++v) {
    table[v] = (static_cast<float>(v) / 255.0F - normalization.mean) / normalization.stddev;
  }
  return table;
}

void fill_batch(const Split& split, std::int64_t sample_size, Normalization normalization,
                std::span<const std::uint32_t> indices, std::span<float> images,
                std::span<std::uint32_t> labels) {
  const auto size = static_cast<std::size_t>(sample_size);
  require(images.size() == indices.size() * size && labels.size() == indices.size(),
          fmt::format("fill_batch: wrong span (got {} floats and {} labels, expected {} and {})",
                      images.size(), labels.size(), indices.size() * size, indices.size()));
  require(split.images.size() == split.labels.size() * size, "fill_batch: wrong sample size");
  const std::vector<float> table = normalization_table(normalization);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    require(indices[i] < split.labels.size(),
            fmt::format("fill_batch: index out of range (got {}, expected below {})", indices[i],
                        split.labels.size()));
    const auto from = split.images.begin() + static_cast<std::ptrdiff_t>(indices[i] * size);
    std::transform(from, from + sample_size, images.begin() + static_cast<std::ptrdiff_t>(i * size),
                   [&](std::uint8_t byte) { return table[byte]; });
    labels[i] = split.labels[indices[i]];
  }
}

}  // namespace ridgeback::data
