// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/step.hpp"

#include "ridgeback/graph/operation.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/graph/step_params.hpp"

#include <cstddef>
#include <fmt/core.h>

#include "common/step_params.h"
#include "index/step_value.h"
#include "optimizer/gate_step.h"

namespace ridgeback {
namespace {

struct StepValue final : OperationOf<StepValue> {
  std::uint32_t word = 0;
  bool integer = false;

  bool operator==(const StepValue&) const = default;
  [[nodiscard]] std::string_view name() const override { return "step_value"; }
  [[nodiscard]] std::string attributes() const override { return fmt::format("word={}", word); }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> /*in*/) const override {
    return {{Shape{}, DType::f32}};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    return {dispatch("step_value", c)
                .read(0)
                .write(0)
                .specialize(1)
                .push(shaders::StepValueParams{word, integer ? 1U : 0U})
                .groups(1)
                .cost(0, 8)};
  }
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& /*g*/) const override {
    return {Tensor{}};
  }
};

constexpr std::uint32_t skip_word = offsetof(shaders::StepParams, skip) / 4;

// Inputs: step, checked, and perhaps another. Output: step with its word `skip` set where what is
// checked is not finite.
struct GateStep final : OperationOf<GateStep> {
  bool operator==(const GateStep&) const = default;
  [[nodiscard]] std::string_view name() const override { return "gate_step"; }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    for (const TensorSpec& checked : in.subspan(1)) {
      require(checked.dtype == DType::f32 && checked.shape.count() == 1,
              fmt::format("gate_step: what is checked must be one f32 (got {})", checked.text()));
    }
    return {in[0]};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    return {dispatch("gate_step", c)
                .read(0)
                .read(1)
                .read(c.in.size() > 2 ? 2 : 1)
                .write(0)
                .specialize(1)
                .push(shaders::GateStepParams{step_params_words, skip_word})
                .groups(1)
                .cost(0, 2 * sizeof(StepParams))};
  }
};

Tensor step_word(std::size_t offset, bool integer) {
  StepValue operation;
  operation.word = static_cast<std::uint32_t>(offset / 4);
  operation.integer = integer;
  return apply(operation, {step_params()});
}

}  // namespace

Tensor step_value(StepField field) {
  switch (field) {
    case StepField::step:
      return step_word(offsetof(StepParams, step), true);
    case StepField::learning_rate:
      return step_word(offsetof(StepParams, learning_rate), false);
    case StepField::lambda_scale:
      return step_word(offsetof(StepParams, lambda_scale), false);
  }
  throw InvalidArgument("step_value: unknown field");
}

Tensor step_user(int index) {
  require(index >= 0 && index < 8,
          fmt::format("step_user: index out of range (got {}, expected 0 to 7)", index));
  return step_word(offsetof(StepParams, user) + 4 * static_cast<std::size_t>(index), false);
}

Tensor gated_step(const Tensor& checked, const Tensor& also) {
  std::vector<Tensor> inputs{step_params(), checked};
  if (also) inputs.push_back(also);
  return apply(GateStep{}, std::move(inputs));
}

bool is_gate(const Operation& operation) {
  return dynamic_cast<const GateStep*>(&operation) != nullptr;
}

Tensor step_skipped(const Tensor& gated) {
  const TensorSpec expected{{step_params_words}, DType::u32};
  require(gated.spec() == expected,
          fmt::format("step_skipped: not step parameters (got {}, expected {})",
                      gated.spec().text(), expected.text()));
  StepValue operation;
  operation.word = skip_word;
  operation.integer = true;
  return apply(operation, {gated});
}

}  // namespace ridgeback
