// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/nn/temporal.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/nn/operand.hpp"
#include "ridgeback/ops/ops.hpp"
#include "ridgeback/quant/quant.hpp"

#include <fmt/core.h>

namespace ridgeback::nn {
namespace {

int checked_steps(int steps) {
  require(steps >= 1 && steps <= quant::most_timesteps,
          fmt::format("time steps out of range (got {}, expected 1 to {})", steps,
                      quant::most_timesteps));
  return steps;
}

// The samples of one step.
std::int64_t batch_of(const char* module, const Tensor& x, int steps) {
  require(x.shape().rank() >= 2 && x.shape()[0] % steps == 0,
          fmt::format("{}: the first axis must be a multiple of {} time steps (got {})", module,
                      steps, x.spec().text()));
  return x.shape()[0] / steps;
}

Shape with_steps(const Tensor& x, std::int64_t steps, std::int64_t batch) {
  std::vector<std::int64_t> extents{steps, batch};
  const auto own = x.shape().extents();
  extents.insert(extents.end(), own.begin() + 1, own.end());
  return Shape(std::span<const std::int64_t>(extents));
}

}  // namespace

Repeat::Repeat(int steps) : steps_(checked_steps(steps)) {}

Tensor Repeat::forward(const Tensor& x, Context& /*context*/) const {
  require(x.shape().rank() >= 2,
          fmt::format("repeat: needs a batch of samples (got {})", x.spec().text()));
  if (steps_ == 1) return x;
  const std::int64_t batch = x.shape()[0];
  const Tensor one = reshape(x, with_steps(x, 1, batch));
  return reshape(broadcast_to(one, with_steps(x, steps_, batch)),
                 x.shape().with(0, steps_ * batch));
}

Description Repeat::describe() const {
  return {"repeat", {{"steps", std::to_string(steps_)}}, {}};
}

Leaky::Leaky(int steps, float leak, const quant::Perturbation& activations)
    : steps_(checked_steps(steps)), leak_(leak), activations_(activations.resolved()) {
  require(leak >= 0 && leak <= 1,
          fmt::format("leaky: leak out of range (got {}, expected 0 to 1)", leak));
  require(!activations_.is_identity(), "leaky: the output must be coded (got 32 bits)");
  require(activations_.timesteps == 1, "leaky: its time steps are given once, not to its codes");
}

Tensor Leaky::forward(const Tensor& x, Context& context) const {
  const quant::PerturbInputs inputs = inputs_of(activations_, context);
  const quant::Perturbation used = used_perturbation(activations_, context);
  const std::int64_t batch = batch_of("leaky", x, steps_);
  if (used.is_identity()) return x;  // nothing is left over
  std::vector<Tensor> codes;
  std::vector<Tensor> factors;
  Tensor membrane;
  for (int t = 0; t < steps_; ++t) {
    const Tensor current = steps_ == 1 ? x : slice(x, 0, t * batch, (t + 1) * batch);
    membrane = membrane ? membrane * leak_ + current : current;
    const quant::Perturbed perturbed = quant::perturb(membrane, used, inputs);
    context.add_operand({fmt::format("membrane.{}", t + 1), membrane, used, inputs, perturbed});
    codes.push_back(perturbed.codes);
    factors.push_back(perturbed.factors);
    membrane = membrane - quant::dequantize(perturbed.codes, perturbed.factors, used.group);
  }
  return quant::dequantize(concat(codes, 0), concat(factors, 0), used.group);
}

Description Leaky::describe() const {
  return {"leaky",
          {{"steps", std::to_string(steps_)},
           {"leak", fmt::format("{}", leak_)},
           {"activations", quant::text(activations_)}},
          {}};
}

MeanOverSteps::MeanOverSteps(int steps) : steps_(checked_steps(steps)) {}

Tensor MeanOverSteps::forward(const Tensor& x, Context& /*context*/) const {
  const std::int64_t batch = batch_of("mean_over_steps", x, steps_);
  if (steps_ == 1) return x;
  return mean(reshape(x, with_steps(x, steps_, batch)), 0);
}

Description MeanOverSteps::describe() const {
  return {"mean_over_steps", {{"steps", std::to_string(steps_)}}, {}};
}

}  // namespace ridgeback::nn
