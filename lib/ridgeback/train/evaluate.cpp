// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/train/evaluate.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/ops/ops.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ridgeback::train {

double bits_of_loss(double loss) {
  return loss / std::numbers::ln2;
}

double perplexity_of_loss(double loss) {
  return std::exp(loss);
}

std::int64_t evaluation_batch(const SampleSpec& sample) {
  return sample.text ? std::max<std::int64_t>(4096 / sample.size, 1) : 250;
}

Evaluator::Outputs Evaluator::build(const ForwardFunction& forward, nn::Context& context,
                                    const SampleSpec& sample, std::int64_t batch) {
  require(!context.training(), "evaluator: the context must be of the evaluation mode");
  Outputs outputs;
  outputs.x = sample.samples_input(batch);
  outputs.labels = sample.labels_input(batch);
  outputs.logits = sample.rows_of(forward(outputs.x, context), batch, "evaluator");
  outputs.losses = softmax_cross_entropy(outputs.logits, outputs.labels);
  outputs.correct = correct(outputs.logits, outputs.labels);
  return outputs;
}

Evaluator::Evaluator(const Device& device, const ForwardFunction& forward, nn::Context& context,
                     const SampleSpec& sample, std::int64_t batch, const CompileOptions& options)
    : Evaluator(device, sample, build(forward, context, sample, batch), batch, options) {}

Evaluator::Evaluator(const Device& device, const SampleSpec& sample, Outputs outputs,
                     std::int64_t batch, const CompileOptions& options)
    : sample_(sample),
      outputs_(std::move(outputs)),
      batch_(batch),
      classes_(outputs_.logits.shape()[1]),
      executable_(
          compile(device, {outputs_.logits, outputs_.losses, outputs_.correct}, {}, options)) {}

void Evaluator::run_batch(const data::Batch& batch) {
  set_batch(executable_, outputs_.x, outputs_.labels, batch);
  executable_.run();
}

Evaluation Evaluator::run(const data::Dataset& dataset, const data::Split& split) {
  data::EvalLoader loader(dataset, split, batch_);
  Evaluation sum;
  while (const data::Batch* batch = loader.next()) {
    run_batch(*batch);
    const std::vector<float> losses = executable_.get<float>(outputs_.losses);
    const std::vector<float> correct = executable_.get<float>(outputs_.correct);
    for (std::int64_t i = 0; i < batch->count * sample_.labels(); ++i) {
      sum.loss += losses[static_cast<std::size_t>(i)];
      sum.accuracy += correct[static_cast<std::size_t>(i)];
    }
    sum.count += batch->count;
  }
  if (sum.count == 0) return sum;
  const auto labels = static_cast<double>(sum.count * sample_.labels());
  return {sum.loss / labels, sum.accuracy / labels, sum.count};
}

std::vector<float> Evaluator::logits(const data::Dataset& dataset, const data::Split& split) {
  data::EvalLoader loader(dataset, split, batch_);
  std::vector<float> all;
  while (const data::Batch* batch = loader.next()) {
    run_batch(*batch);
    const std::vector<float> logits = executable_.get<float>(outputs_.logits);
    all.insert(all.end(), logits.begin(),
               logits.begin() + batch->count * sample_.labels() * classes_);
  }
  return all;
}

}  // namespace ridgeback::train
