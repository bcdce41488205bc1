// SPDX-License-Identifier: Apache-2.0
// What a model takes and predicts for one sample, as inputs of its graph.
#pragma once

#include "ridgeback/data/dataset.hpp"
#include "ridgeback/data/loader.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <cstdint>

namespace ridgeback::train {

/// An image: `size` floats and one label. A window of a text: `size` tokens, and after each the
/// token that follows it as its label.
struct SampleSpec {
  std::int64_t size = 0;
  bool text = false;

  SampleSpec() = default;
  SampleSpec(std::int64_t image_size) : size(image_size) {}  // NOLINT: a size is an image's
  SampleSpec(std::int64_t sample_size, bool is_text) : size(sample_size), text(is_text) {}
  explicit SampleSpec(const data::Dataset& dataset)
      : size(dataset.sample_size()), text(dataset.is_text()) {}

  [[nodiscard]] std::int64_t labels() const { return text ? size : 1; }
  /// f32 images or u32 tokens, [batch, size].
  [[nodiscard]] Tensor samples_input(std::int64_t batch) const {
    return input({batch, size}, text ? DType::u32 : DType::f32, text ? "tokens" : "images");
  }
  /// u32 [batch * labels()].
  [[nodiscard]] Tensor labels_input(std::int64_t batch) const {
    return input({batch * labels()}, DType::u32, "labels");
  }
  /// The logits that a model gives for `batch` samples as [batch * labels(), classes]. Throws
  /// InvalidArgument for another shape, naming `who` expects it.
  [[nodiscard]] Tensor rows_of(const Tensor& logits, std::int64_t batch, const char* who) const;
};

/// Gives an executable a batch: its tokens where `samples` are u32, else its images, and labels.
void set_batch(Executable& executable, const Tensor& samples, const Tensor& labels,
               const data::Batch& batch);

}  // namespace ridgeback::train
