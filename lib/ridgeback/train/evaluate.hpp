// SPDX-License-Identifier: Apache-2.0
// Loss and accuracy of a model on a data set.
#pragma once

#include "ridgeback/data/dataset.hpp"
#include "ridgeback/data/loader.hpp"
#include "ridgeback/nn/context.hpp"
#include "ridgeback/runtime/executable.hpp"
#include "ridgeback/train/sample_spec.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace ridgeback::train {

struct Evaluation {
  double loss = 0;      ///< mean cross entropy; of text: in nats a token
  double accuracy = 0;  ///< share of labels with the largest logit, 0..1; of text: of next tokens
  std::int64_t count = 0;  ///< samples
};

/// A loss in nats as bits: of text, bits a token.
[[nodiscard]] double bits_of_loss(double loss);
/// e^loss: among how many equally likely tokens the model is unsure.
[[nodiscard]] double perplexity_of_loss(double loss);

/// Samples to evaluate at a time, so that memory stays bounded: 250 images, or windows of 4096
/// tokens together.
[[nodiscard]] std::int64_t evaluation_batch(const SampleSpec& sample);

/// Logits [batch, classes] of normalized inputs [batch, sample_size], or
/// [batch, context, vocabulary] of tokens [batch, context].
using ForwardFunction = std::function<Tensor(const Tensor& x, nn::Context& context)>;

/// Compiles the evaluation graph once; run() may be called any number of times and sees the
/// parameters' values of that time.
class Evaluator {
 public:
  /// `context` is used for building only; it must be of the evaluation mode.
  Evaluator(const Device& device, const ForwardFunction& forward, nn::Context& context,
            const SampleSpec& sample, std::int64_t batch, const CompileOptions& options = {});

  [[nodiscard]] Evaluation run(const data::Dataset& dataset, const data::Split& split);
  /// Logits of every sample of the split, row after row; of text, a row for each token.
  [[nodiscard]] std::vector<float> logits(const data::Dataset& dataset, const data::Split& split);
  [[nodiscard]] std::int64_t classes() const { return classes_; }
  [[nodiscard]] Executable& executable() { return executable_; }

 private:
  struct Outputs {
    Tensor x, labels, logits, losses, correct;
  };
  Evaluator(const Device& device, const SampleSpec& sample, Outputs outputs, std::int64_t batch,
            const CompileOptions& options);
  static Outputs build(const ForwardFunction& forward, nn::Context& context,
                       const SampleSpec& sample, std::int64_t batch);
  // Sets the inputs of a batch and runs.
  void run_batch(const data::Batch& batch);

  SampleSpec sample_;
  Outputs outputs_;
  std::int64_t batch_;
  std::int64_t classes_;
  Executable executable_;
};

}  // namespace ridgeback::train
