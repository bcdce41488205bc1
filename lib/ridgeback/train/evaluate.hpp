// SPDX-License-Identifier: Apache-2.0
// Loss and accuracy of a model on a data set.
#pragma once

#include "ridgeback/data/dataset.hpp"
#include "ridgeback/nn/context.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace ridgeback::train {

struct Evaluation {
  double loss = 0;      ///< mean cross entropy
  double accuracy = 0;  ///< share of samples whose largest logit is the label's, 0..1
  std::int64_t count = 0;
};

/// Logits [batch, classes] of normalized inputs [batch, sample_size].
using ForwardFunction = std::function<Tensor(const Tensor& x, nn::Context& context)>;

/// Compiles the evaluation graph once; run() may be called any number of times and sees the
/// parameters' values of that time.
class Evaluator {
 public:
  /// `context` is used for building only; it must be of the evaluation mode.
  Evaluator(const Device& device, const ForwardFunction& forward, nn::Context& context,
            std::int64_t sample_size, std::int64_t batch, const CompileOptions& options = {});

  [[nodiscard]] Evaluation run(const data::Dataset& dataset, const data::Split& split);
  /// Logits of every sample of the split, row after row.
  [[nodiscard]] std::vector<float> logits(const data::Dataset& dataset, const data::Split& split);
  [[nodiscard]] std::int64_t classes() const { return classes_; }
  [[nodiscard]] Executable& executable() { return executable_; }

 private:
  struct Outputs {
    Tensor x, labels, logits, losses, correct;
  };
  Evaluator(const Device& device, Outputs outputs, std::int64_t batch,
            const CompileOptions& options);
  static Outputs build(const ForwardFunction& forward, nn::Context& context,
                       std::int64_t sample_size, std::int64_t batch);

  Outputs outputs_;
  std::int64_t batch_;
  std::int64_t classes_;
  Executable executable_;
};

}  // namespace ridgeback::train
