// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/nn/operand_range.hpp"

#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/ops.hpp"

#include <utility>

namespace ridgeback::nn {
namespace {

// A learned step stays above this share of what it began with, and above nothing.
constexpr float least_share = 1e-3F;
constexpr float least_step = 1e-20F;

// (1, -1): no range was seen yet.
void no_range(std::span<float> values, const Shape& /*shape*/, Random& /*random*/) {
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = i % 2 == 0 ? 1.0F : -1.0F;
}

Tensor low_of(const Tensor& range) {
  return slice(range, 2, 0, 1);
}
Tensor high_of(const Tensor& range) {
  return slice(range, 2, 1, 2);
}

}  // namespace

OperandRange::OperandRange(Kind kind, const quant::Perturbation& options, std::int64_t rows,
                           std::int64_t cols)
    : kind_(kind), options_(options) {
  if (options.is_identity()) return;
  const bool one = kind == Kind::activation || options.group.kind == quant::Group::Kind::tensor;
  const std::int64_t ranges = one ? 1 : rows;
  if (options.range.has_state()) {
    range_ = state({{ranges, quant::blocks_per_row(options.group, cols), 2}, DType::f32}, "range");
  }
  if (options.estimator == quant::Estimator::lsq) {
    step_ = parameter({ranges, 1, 1}, {}, "step");
    base_ = state({{ranges, 1, 1}, DType::f32}, "step_base");
  }
}

const char* OperandRange::name() const {
  return kind_ == Kind::weight ? "weight" : "activation";
}

Tensor OperandRange::remembered(const Tensor& x, Context& context) const {
  if (!context.training()) {
    return kind_ == Kind::weight ? range_ : context.frozen("activation.range", range_);
  }
  Tensor current = quant::block_range(x, options_);
  if (current.shape()[0] > 1 && range_.shape()[0] == 1) {
    current = concat({min(low_of(current), 0, true), max(high_of(current), 0, true)}, 2);
  }
  const float kept = options_.range.value;
  const Tensor unseen = greater(low_of(range_), high_of(range_));
  Tensor next = where(unseen, current, range_ * kept + current * (1 - kept));
  context.update(assign(range_, next));
  if (options_.range.kind == quant::ValueRange::Kind::running) return next;
  // Only blocks of their own can do without a range.
  const bool whole = options_.group.kind == quant::Group::Kind::tensor;
  return whole ? where(unseen, current, range_) : range_;
}

Tensor OperandRange::learned(const Tensor& x, Context& context) const {
  Tensor base = base_;
  if (context.training()) {
    const Tensor first = stop_gradient(quant::first_step(x, options_, kind_ == Kind::activation));
    base = where(greater(base_, 0.0F), base_, first);
    context.update(assign(base_, base));
  }
  const Tensor least = maximum(base * least_share, least_step);
  const Tensor range = quant::learned_range(maximum(base + step_, least), options_);
  const bool frozen = kind_ == Kind::activation && !context.training();
  return frozen ? context.frozen("activation.range", range) : range;
}

quant::PerturbInputs OperandRange::inputs(const Tensor& x, Context& context) const {
  quant::PerturbInputs inputs;
  const bool draws = context.training() && options_.rounding == quant::Rounding::stochastic;
  if (draws) inputs.stream = context.next_stream();
  if (range_) inputs.range = remembered(x, context);
  if (step_) inputs.range = learned(x, context);
  return inputs;
}

void OperandRange::collect(const std::string& prefix, std::vector<NamedTensor>& tensors) const {
  const auto add = [&](const char* what, const Tensor& tensor, Initializer first, bool trained) {
    tensors.push_back({prefix + name() + what, tensor, std::move(first), trained, true});
  };
  if (range_) add("_range", range_, no_range, false);
  if (!step_) return;
  add("_step", step_, constant_value(0), true);
  add("_step_base", base_, constant_value(0), false);
}

}  // namespace ridgeback::nn
