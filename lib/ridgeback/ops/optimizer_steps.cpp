// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/optimizer_steps.hpp"

#include "ridgeback/graph/operation.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/graph/step_params.hpp"
#include "ridgeback/ops/optimizer_update.hpp"
#include "ridgeback/ops/row_launch.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>

#include "optimizer/adam_step.h"
#include "optimizer/sgd_momentum_step.h"
#include "optimizer/sgd_step.h"

namespace ridgeback {
namespace {

using ops::OptimizerUpdate;

const TensorSpec step_spec{{step_params_words}, DType::u32};

// Every input but the last, which is the step parameters, is f32 of the parameter's shape.
void require_equal(std::string_view operation, std::span<const TensorSpec> in) {
  for (const TensorSpec& spec : in.first(in.size() - 1)) {
    require(spec == TensorSpec{in[0].shape, DType::f32},
            fmt::format("{}: tensors must be f32 of the parameter's shape {} (got {})", operation,
                        in[0].shape.text(), spec.text()));
  }
  require(in.back() == step_spec, fmt::format("{}: wrong step parameters (got {}, expected {})",
                                              operation, in.back().text(), step_spec.text()));
}

void require_share(std::string_view operation, std::string_view what, double value) {
  require(value >= 0 && value < 1, fmt::format("{}: {} out of range (got {}, expected 0 <= {} < 1)",
                                               operation, what, value, what));
}

void require_not_negative(std::string_view operation, std::string_view what, double value) {
  require(value >= 0 && std::isfinite(value),
          fmt::format("{}: {} out of range (got {}, expected 0 or more)", operation, what, value));
}

// Quads an invocation updates. A CPU driver runs the body of a loop masked: with one quad adam_step
// moves 1.8 times as many bytes a second on lavapipe 22.3, though each invocation then works out
// the step's factors anew.
std::uint32_t most_items(const Target& target) {
  return target.is_cpu() ? 1 : 4;
}

OptimizerUpdate update_of(const SgdStep& options) {
  return {
      .kind = options.momentum > 0 ? OptimizerUpdate::Kind::momentum : OptimizerUpdate::Kind::sgd,
      .option = options.nesterov,
      .rate_scale = options.rate_scale,
      .weight_decay = options.weight_decay,
      .first = options.momentum};
}

OptimizerUpdate update_of(const AdamStep& options) {
  // A beta of 0 has no logarithm; exp(-100) is nothing beside 1.
  const auto log_of = [](double beta) {
    return static_cast<float>(beta > 0 ? std::max(std::log(beta), -100.0) : -100.0);
  };
  return {.kind = OptimizerUpdate::Kind::adam,
          .option = options.decoupled,
          .rate_scale = options.rate_scale,
          .weight_decay = options.weight_decay,
          .first = static_cast<float>(options.beta1),
          .second = static_cast<float>(options.beta2),
          .rest_first = static_cast<float>(1 - options.beta1),
          .rest_second = static_cast<float>(1 - options.beta2),
          .log_first = log_of(options.beta1),
          .log_second = log_of(options.beta2),
          .epsilon = options.epsilon};
}

// Inputs: w, g, step, or w, v, g, step. Outputs: w', and v'.
struct Sgd final : OperationOf<Sgd> {
  SgdStep options;

  bool operator==(const Sgd&) const = default;
  [[nodiscard]] bool keeps_velocity() const { return options.momentum > 0; }
  [[nodiscard]] std::string_view name() const override { return "sgd_step"; }
  [[nodiscard]] std::string attributes() const override {
    return fmt::format("momentum={} nesterov={} weight_decay={} rate_scale={}", options.momentum,
                       options.nesterov, options.weight_decay, options.rate_scale);
  }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    require_equal(name(), in);
    if (keeps_velocity()) return {in[0], in[0]};
    return {in[0]};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const std::int64_t count = c.in[0].shape.count();
    if (count == 0) return {};
    const ops::FlatQuads quads = ops::flat_quads(c.target, count, most_items(c.target));
    const auto n = static_cast<std::uint32_t>(count);
    const auto elements = static_cast<double>(count);
    if (!keeps_velocity()) {
      return {dispatch("sgd_step", c, quads.candidates)
                  .read(0)
                  .read(1)
                  .read(2)
                  .write(0)
                  .specialize(quads.local_size, quads.items)
                  .push(shaders::SgdStepParams{n, options.rate_scale, options.weight_decay})
                  .linear_groups(quads.groups)
                  .cost(4 * elements, 12 * elements)};
    }
    return {dispatch("sgd_momentum_step", c, quads.candidates)
                .read(0)
                .read(1)
                .read(2)
                .read(3)
                .write(0)
                .write(1)
                .specialize(quads.local_size, options.nesterov, quads.items)
                .push(shaders::SgdMomentumStepParams{n, options.rate_scale, options.weight_decay,
                                                     options.momentum})
                .linear_groups(quads.groups)
                .cost(6 * elements, 20 * elements)};
  }
  [[nodiscard]] std::vector<InPlace> in_place() const override {
    if (keeps_velocity()) return {{0, 0}, {1, 1}};
    return {{0, 0}};
  }
};

// Inputs: w, m, v, g, step. Outputs: w', m', v'.
struct Adam final : OperationOf<Adam> {
  AdamStep options;

  bool operator==(const Adam&) const = default;
  [[nodiscard]] std::string_view name() const override { return "adam_step"; }
  [[nodiscard]] std::string attributes() const override {
    return fmt::format("beta1={} beta2={} epsilon={} weight_decay={} decoupled={} rate_scale={}",
                       options.beta1, options.beta2, options.epsilon, options.weight_decay,
                       options.decoupled, options.rate_scale);
  }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    require_equal(name(), in);
    return {in[0], in[0], in[0]};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const std::int64_t count = c.in[0].shape.count();
    if (count == 0) return {};
    const ops::FlatQuads quads = ops::flat_quads(c.target, count, most_items(c.target));
    const auto elements = static_cast<double>(count);
    return {dispatch("adam_step", c, quads.candidates)
                .read(0)
                .read(1)
                .read(2)
                .read(3)
                .read(4)
                .write(0)
                .write(1)
                .write(2)
                .specialize(quads.local_size, options.decoupled, quads.items)
                .push(params(count))
                .linear_groups(quads.groups)
                .cost(16 * elements, 28 * elements)};
  }
  [[nodiscard]] std::vector<InPlace> in_place() const override { return {{0, 0}, {1, 1}, {2, 2}}; }

 private:
  [[nodiscard]] shaders::AdamStepParams params(std::int64_t count) const {
    const OptimizerUpdate u = update_of(options);
    return {.count = static_cast<std::uint32_t>(count),
            .rate_scale = u.rate_scale,
            .weight_decay = u.weight_decay,
            .beta1 = u.first,
            .beta2 = u.second,
            .rest1 = u.rest_first,
            .rest2 = u.rest_second,
            .log_beta1 = u.log_first,
            .log_beta2 = u.log_second,
            .epsilon = u.epsilon};
  }
};

}  // namespace

std::optional<OptimizerUpdate> ops::optimizer_update(const Operation& operation) {
  if (const auto* sgd = dynamic_cast<const Sgd*>(&operation)) return update_of(sgd->options);
  if (const auto* adam = dynamic_cast<const Adam*>(&operation)) return update_of(adam->options);
  return std::nullopt;
}

SgdStepped sgd_step(const Tensor& parameter, const Tensor& velocity, const Tensor& gradient,
                    const SgdStep& options, const Tensor& step) {
  require_share("sgd_step", "momentum", options.momentum);
  require_not_negative("sgd_step", "weight_decay", options.weight_decay);
  require_not_negative("sgd_step", "rate_scale", options.rate_scale);
  require(!options.nesterov || options.momentum > 0, "sgd_step: nesterov needs a momentum above 0");
  require(static_cast<bool>(velocity) == (options.momentum > 0),
          "sgd_step: a velocity belongs to a momentum above 0, and only to one");
  auto operation = std::make_shared<Sgd>();
  operation->options = options;
  const Tensor read = step ? step : step_params();
  if (!velocity) return {apply_all(operation, {parameter, gradient, read})[0], Tensor{}};
  const auto stepped = apply_all(operation, {parameter, velocity, gradient, read});
  return {stepped[0], stepped[1]};
}

AdamStepped adam_step(const Tensor& parameter, const Tensor& mean, const Tensor& square,
                      const Tensor& gradient, const AdamStep& options, const Tensor& step) {
  require_share("adam_step", "beta1", options.beta1);
  require_share("adam_step", "beta2", options.beta2);
  require_not_negative("adam_step", "epsilon", options.epsilon);
  require_not_negative("adam_step", "weight_decay", options.weight_decay);
  require_not_negative("adam_step", "rate_scale", options.rate_scale);
  auto operation = std::make_shared<Adam>();
  operation->options = options;
  const auto stepped =
      apply_all(operation, {parameter, mean, square, gradient, step ? step : step_params()});
  return {stepped[0], stepped[1], stepped[2]};
}

}  // namespace ridgeback
