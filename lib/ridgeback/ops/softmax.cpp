// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/softmax.hpp"

#include "ridgeback/graph/operation.hpp"
#include "ridgeback/ops/composition.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/reduce.hpp"
#include "ridgeback/ops/row_launch.hpp"

#include <fmt/core.h>

#include "softmax/softmax_backward.h"
#include "softmax/softmax_rows.h"

namespace ridgeback {
namespace {

Tensor row_sum(const Tensor& x) {
  return sum(x, -1, true);
}

// Inputs: y and dy. softmax: dx = y (dy - sum y dy); log_softmax: dx = dy - exp(y) sum dy.
struct SoftmaxBackward final : OperationOf<SoftmaxBackward> {
  bool log = false;

  bool operator==(const SoftmaxBackward&) const = default;
  [[nodiscard]] std::string_view name() const override {
    return log ? "log_softmax_backward" : "softmax_backward";
  }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    return {in[0]};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const auto [rows, cols] = as_matrix(c.in[0].shape);
    if (rows == 0 || cols == 0) return {};
    const ops::RowTeams teams = ops::row_teams(c.target, rows, cols);
    const auto elements = static_cast<double>(rows * cols);
    return {dispatch("softmax_backward", c, ops::quad_candidates(c.target, cols % 4 == 0))
                .read(0)
                .read(1)
                .write(0)
                .specialize(teams.local_size, cols % 4 == 0, teams.team, log)
                .push(shaders::SoftmaxBackwardParams{static_cast<std::uint32_t>(rows),
                                                     static_cast<std::uint32_t>(cols)})
                .linear_groups(teams.groups)
                .cost(4 * elements, 12 * elements)};
  }
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    return ops::gradient_of(g, [this](const std::vector<Tensor>& in) -> std::vector<Tensor> {
      const Tensor &y = in[0], &dy = in[1];
      if (log) return {dy - exp(y) * row_sum(dy)};
      return {y * (dy - row_sum(y * dy))};
    });
  }
};

// softmax: y = exp(x) / sum exp(x); log_softmax: y = x - log sum exp(x).
struct Softmax final : OperationOf<Softmax> {
  bool log = false;

  bool operator==(const Softmax&) const = default;
  [[nodiscard]] std::string_view name() const override { return log ? "log_softmax" : "softmax"; }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    require(in[0].dtype == DType::f32 && in[0].shape.rank() > 0,
            fmt::format("{}: x must be f32 with an axis (got {})", name(), in[0].text()));
    return {in[0]};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const auto [rows, cols] = as_matrix(c.in[0].shape);
    if (rows == 0 || cols == 0) return {};
    const ops::RowTeams teams = ops::row_teams(c.target, rows, cols);
    const auto elements = static_cast<double>(rows * cols);
    return {dispatch("softmax_rows", c, ops::quad_candidates(c.target, cols % 4 == 0))
                .read(0)
                .write(0)
                .specialize(teams.local_size, cols % 4 == 0, teams.team, log)
                .push(shaders::SoftmaxRowsParams{static_cast<std::uint32_t>(rows),
                                                 static_cast<std::uint32_t>(cols)})
                .linear_groups(teams.groups)
                .cost(4 * elements, 8 * elements)};
  }
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    SoftmaxBackward backward;
    backward.log = log;
    return {apply(backward, {g.outputs[0], g.grads[0]})};
  }
};

}  // namespace

Tensor softmax(const Tensor& x) {
  return apply(Softmax{}, {x});
}

Tensor log_softmax(const Tensor& x) {
  Softmax operation;
  operation.log = true;
  return apply(operation, {x});
}

}  // namespace ridgeback
