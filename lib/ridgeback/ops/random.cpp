// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/random.hpp"

#include "ridgeback/core/random.hpp"
#include "ridgeback/graph/operation.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/row_launch.hpp"

#include <fmt/core.h>

#include "random/dropout.h"
#include "random/random_fill.h"

namespace ridgeback {
namespace {

constexpr std::uint32_t step_random_domain = 0x53544550;  // as in shaders/common/step_random.glsl

enum class Kind : std::uint32_t { uniform, normal, bernoulli };

// A source of numbers with the step parameters as its only input.
struct RandomFill final : OperationOf<RandomFill> {
  Shape shape;
  Kind kind = Kind::uniform;
  std::uint32_t stream = 0;
  float a = 0;
  float b = 0;

  bool operator==(const RandomFill&) const = default;
  [[nodiscard]] std::string_view name() const override {
    constexpr std::string_view names[] = {"random_uniform", "random_normal", "random_bernoulli"};
    return names[static_cast<std::size_t>(kind)];
  }
  [[nodiscard]] std::string attributes() const override {
    if (kind == Kind::normal) return fmt::format("stream={}", stream);
    if (kind == Kind::bernoulli) return fmt::format("stream={} probability={}", stream, a);
    return fmt::format("stream={} low={} width={}", stream, a, b);
  }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> /*in*/) const override {
    return {{shape, DType::f32}};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const std::int64_t count = shape.count();
    if (count == 0) return {};
    const ops::FlatQuads quads = ops::flat_quads(c.target, count, 1);
    return {dispatch("random_fill", c, quads.candidates)
                .read(0)
                .write(0)
                .specialize(quads.local_size, kind)
                .push(shaders::RandomFillParams{static_cast<std::uint32_t>(count), stream, a, b})
                .linear_groups(quads.groups)
                .cost(0, 4.0 * static_cast<double>(count))};
  }
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& /*g*/) const override {
    return {Tensor{}};
  }
};

// y = mask x / (1 - rate): linear in x, so its gradient is itself.
struct Dropout final : OperationOf<Dropout> {
  float rate = 0;
  std::uint32_t stream = 0;

  bool operator==(const Dropout&) const = default;
  [[nodiscard]] std::string_view name() const override { return "dropout"; }
  [[nodiscard]] std::string attributes() const override {
    return fmt::format("rate={} stream={}", rate, stream);
  }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    require(in[0].dtype == DType::f32,
            fmt::format("dropout: x must be f32 (got {})", in[0].text()));
    return {in[0]};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const std::int64_t count = c.in[0].shape.count();
    if (count == 0) return {};
    const ops::FlatQuads quads = ops::flat_quads(c.target, count, 1);
    const shaders::DropoutParams params{static_cast<std::uint32_t>(count), stream, rate,
                                        1.0F / (1.0F - rate)};
    return {dispatch("dropout", c, quads.candidates)
                .read(0)
                .read(1)
                .write(0)
                .specialize(quads.local_size)
                .push(params)
                .linear_groups(quads.groups)
                .cost(static_cast<double>(count), 8.0 * static_cast<double>(count))};
  }
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    return {apply(*this, {g.grads[0], g.inputs[1]}), Tensor{}};
  }
  [[nodiscard]] std::vector<InPlace> in_place() const override { return {{0, 0}}; }
};

Tensor fill(RandomFill operation) {
  return apply(std::move(operation), {step_params()});
}

}  // namespace

std::array<std::uint32_t, 4> random_words(const StepParams& step, std::uint32_t stream,
                                          std::uint32_t block) {
  return philox({step.seed_low, step.seed_high}, {block, step.step, stream, step_random_domain});
}

Tensor random_uniform(const Shape& shape, float low, float high, std::uint32_t stream) {
  require(
      low <= high,
      fmt::format("random_uniform: empty range (got {} to {}, expected low <= high)", low, high));
  RandomFill operation;
  operation.shape = shape;
  operation.stream = stream;
  operation.a = low;
  operation.b = high - low;
  return fill(operation);
}

Tensor random_normal(const Shape& shape, std::uint32_t stream) {
  RandomFill operation;
  operation.shape = shape;
  operation.kind = Kind::normal;
  operation.stream = stream;
  return fill(operation);
}

Tensor random_bernoulli(const Shape& shape, float probability, std::uint32_t stream) {
  require(probability >= 0 && probability <= 1,
          fmt::format("random_bernoulli: probability out of range (got {}, expected 0 to 1)",
                      probability));
  RandomFill operation;
  operation.shape = shape;
  operation.kind = Kind::bernoulli;
  operation.stream = stream;
  operation.a = probability;
  return fill(operation);
}

Tensor dropout(const Tensor& x, float rate, std::uint32_t stream) {
  require(rate >= 0 && rate < 1,
          fmt::format("dropout: rate out of range (got {}, expected 0 <= rate < 1)", rate));
  if (rate == 0) return x;
  Dropout operation;
  operation.rate = rate;
  operation.stream = stream;
  return apply(std::move(operation), {x, step_params()});
}

}  // namespace ridgeback
