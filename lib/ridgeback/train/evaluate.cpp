// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/train/evaluate.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/data/loader.hpp"
#include "ridgeback/ops/ops.hpp"

#include <fmt/core.h>

namespace ridgeback::train {

Evaluator::Outputs Evaluator::build(const ForwardFunction& forward, nn::Context& context,
                                    std::int64_t sample_size, std::int64_t batch) {
  require(!context.training(), "evaluator: the context must be of the evaluation mode");
  Outputs outputs;
  outputs.x = input({batch, sample_size}, DType::f32, "images");
  outputs.labels = input({batch}, DType::u32, "labels");
  outputs.logits = forward(outputs.x, context);
  require(outputs.logits.shape().rank() == 2 && outputs.logits.shape()[0] == batch,
          fmt::format("evaluator: the model must give [batch, classes] (got {})",
                      outputs.logits.spec().text()));
  outputs.losses = softmax_cross_entropy(outputs.logits, outputs.labels);
  outputs.correct = correct(outputs.logits, outputs.labels);
  return outputs;
}

Evaluator::Evaluator(const Device& device, const ForwardFunction& forward, nn::Context& context,
                     std::int64_t sample_size, std::int64_t batch, const CompileOptions& options)
    : Evaluator(device, build(forward, context, sample_size, batch), batch, options) {}

Evaluator::Evaluator(const Device& device, Outputs outputs, std::int64_t batch,
                     const CompileOptions& options)
    : outputs_(std::move(outputs)),
      batch_(batch),
      classes_(outputs_.logits.shape()[1]),
      executable_(
          compile(device, {outputs_.logits, outputs_.losses, outputs_.correct}, {}, options)) {}

Evaluation Evaluator::run(const data::Dataset& dataset, const data::Split& split) {
  data::EvalLoader loader(dataset, split, batch_);
  Evaluation sum;
  while (const data::Batch* batch = loader.next()) {
    executable_.set(outputs_.x, batch->images);
    executable_.set(outputs_.labels, batch->labels);
    executable_.run();
    const std::vector<float> losses = executable_.get<float>(outputs_.losses);
    const std::vector<float> correct = executable_.get<float>(outputs_.correct);
    for (std::int64_t i = 0; i < batch->count; ++i) {
      sum.loss += losses[static_cast<std::size_t>(i)];
      sum.accuracy += correct[static_cast<std::size_t>(i)];
    }
    sum.count += batch->count;
  }
  if (sum.count == 0) return sum;
  return {sum.loss / static_cast<double>(sum.count), sum.accuracy / static_cast<double>(sum.count),
          sum.count};
}

std::vector<float> Evaluator::logits(const data::Dataset& dataset, const data::Split& split) {
  data::EvalLoader loader(dataset, split, batch_);
  std::vector<float> all;
  while (const data::Batch* batch = loader.next()) {
    executable_.set(outputs_.x, batch->images);
    executable_.set(outputs_.labels, batch->labels);
    executable_.run();
    const std::vector<float> logits = executable_.get<float>(outputs_.logits);
    all.insert(all.end(), logits.begin(), logits.begin() + batch->count * classes_);
  }
  return all;
}

}  // namespace ridgeback::train
