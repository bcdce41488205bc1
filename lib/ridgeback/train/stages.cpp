// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/train/stages.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace ridgeback::train {
namespace {

constexpr int sparsity_stages = 16;

// The perturbations that a module's layers were made with.
std::vector<quant::Perturbation> own_perturbations(const nn::Module& module,
                                                   const SampleSpec& sample) {
  nn::Context context(nn::Context::Mode::training);
  std::vector<quant::Perturbation> all;
  context.adjust([&](const quant::Perturbation& own) {
    all.push_back(own);
    return own;
  });
  (void)step_loss(module, step_inputs(sample, 1), context);
  return all;
}

double most_zeros(const std::vector<quant::Perturbation>& perturbations) {
  double most = 0;
  for (const quant::Perturbation& p : perturbations) {
    if (p.sparsity.kind == quant::Sparsity::Kind::fraction) most = std::max(most, p.sparsity.zeros);
  }
  return most;
}

}  // namespace

Stages::Stages(const FitOptions& options, const nn::Module& module, const SampleSpec& sample,
               std::int64_t steps, std::int64_t epoch_steps)
    : epoch_steps_(epoch_steps) {
  if (!options.lambda_schedule.empty()) {
    lambda_ = quant::ramp_from_text(options.lambda_schedule, {.from = 1, .to = 1});
    require(lambda_->from >= 0 && lambda_->to == 1 && steps >= lambda_->end,
            fmt::format("train: the lambda schedule must end at 1 within the run's {} steps (got "
                        "{})",
                        steps, options.lambda_schedule));
  }
  if (options.bits_schedule.empty() && options.sparsity_schedule.empty()) return;
  if (options.sparse_path) {
    throw Unsupported(
        "train: the sparse path keeps the size of its patterns; bits and sparsity cannot change on "
        "it");
  }
  const std::vector<quant::Perturbation> own = own_perturbations(module, sample);
  if (!options.bits_schedule.empty()) bits_ = quant::bits_schedule_from_text(options.bits_schedule);
  if (!options.sparsity_schedule.empty()) {
    const double zeros = most_zeros(own);
    require(zeros > 0,
            "train: a sparsity schedule needs a model that prunes a fraction of its weights");
    zeros_ = quant::ramp_from_text(options.sparsity_schedule,
                                   {.from = 0, .to = zeros, .stages = sparsity_stages});
    require(zeros_->from >= 0 && zeros_->from < 1 && zeros_->to == zeros && zeros_->stages > 0,
            fmt::format("train: the sparsity schedule must go to the model's {} (got {})", zeros,
                        options.sparsity_schedule));
  }
  const quant::Stage last = at(steps);
  for (const quant::Perturbation& p : own) {
    require(last.of(p) == p,
            fmt::format("train: the schedules must reach the model's precision within the run's {} "
                        "steps (got {} at the end)",
                        steps, text(last)));
  }
}

quant::Stage Stages::at(std::int64_t step) const {
  quant::Stage stage;
  if (bits_) stage.least_bits = bits_->at(step, epoch_steps_);
  if (zeros_) stage.zeros = zeros_->at(step);
  return stage;
}

float Stages::lambda_scale(std::int64_t step) const {
  return lambda_ ? static_cast<float>(lambda_->at(step)) : 1.0F;
}

Adjust Stages::adjust(const quant::Stage& stage) {
  if (stage == quant::Stage{}) return {};
  return [stage](const quant::Perturbation& own) { return stage.of(own); };
}

std::string Stages::text(const quant::Stage& stage) {
  std::string text;
  if (stage.least_bits != 1)
    text = fmt::format("at least {} bits", quant::bits_text(stage.least_bits));
  if (stage.zeros >= 0)
    text += fmt::format("{}{:.4g} % zeros", text.empty() ? "" : ", ", 100 * stage.zeros);
  return text.empty() ? "the model's own bits" : text;
}

}  // namespace ridgeback::train
