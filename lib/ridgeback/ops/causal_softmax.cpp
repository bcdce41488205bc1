// SPDX-License-Identifier: Apache-2.0
#include "softmax/causal_softmax.h"

#include "ridgeback/graph/operation.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/composition.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/fill.hpp"
#include "ridgeback/ops/reduce.hpp"
#include "ridgeback/ops/row_launch.hpp"
#include "ridgeback/ops/softmax.hpp"

#include <fmt/core.h>

namespace ridgeback {
namespace {

void require_queries(std::string_view operation, const TensorSpec& x) {
  require(x.dtype == DType::f32 && x.shape.rank() >= 2 && x.shape[-2] <= x.shape[-1],
          fmt::format("{}: x must be f32 [..., queries, keys] with at least as many keys (got {})",
                      operation, x.text()));
}

// Half of what is read is seen; every element is written.
std::vector<Dispatch> launch(std::string_view kernel, const LowerContext& c, float scale) {
  const auto [rows, cols] = as_matrix(c.in[0].shape);
  if (rows == 0 || cols == 0) return {};
  const ops::RowTeams teams = ops::row_teams(c.target, rows, cols);
  const auto elements = static_cast<double>(rows * cols);
  Dispatch launch = dispatch(kernel, c, ops::quad_candidates(c.target, cols % 4 == 0));
  for (std::size_t i = 0; i < c.in.size(); ++i) launch.read(static_cast<int>(i));
  return {launch.write(0)
              .specialize(teams.local_size, cols % 4 == 0, teams.team)
              .push(shaders::CausalSoftmaxParams{
                  static_cast<std::uint32_t>(rows), static_cast<std::uint32_t>(cols),
                  static_cast<std::uint32_t>(c.in[0].shape[-2]), scale})
              .linear_groups(teams.groups)
              .cost(4 * elements, (4 + 2 * static_cast<double>(c.in.size())) * elements)};
}

// Inputs: y and dy; dx = scale y (dy - sum y dy), 0 for keys that are not seen.
struct CausalSoftmaxBackward final : OperationOf<CausalSoftmaxBackward> {
  float scale = 1;

  bool operator==(const CausalSoftmaxBackward&) const = default;
  [[nodiscard]] std::string_view name() const override { return "causal_softmax_backward"; }
  [[nodiscard]] std::string attributes() const override { return fmt::format("scale={}", scale); }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    return {in[0]};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    return launch(name(), c, scale);
  }
  // As y is 0 where nothing is seen, the formula holds for whole rows.
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    return ops::gradient_of(g, [this](const std::vector<Tensor>& in) -> std::vector<Tensor> {
      const Tensor &y = in[0], &dy = in[1];
      return {y * (dy - sum(y * dy, -1, true)) * scale};
    });
  }
};

struct CausalSoftmax final : OperationOf<CausalSoftmax> {
  float scale = 1;

  bool operator==(const CausalSoftmax&) const = default;
  [[nodiscard]] std::string_view name() const override { return "causal_softmax"; }
  [[nodiscard]] std::string attributes() const override { return fmt::format("scale={}", scale); }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    require_queries(name(), in[0]);
    return {in[0]};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    return launch(name(), c, scale);
  }
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    CausalSoftmaxBackward backward;
    backward.scale = scale;
    return {apply(backward, {g.outputs[0], g.grads[0]})};
  }
};

}  // namespace

Tensor causal_softmax(const Tensor& x, float scale) {
  require(scale > 0, fmt::format("causal_softmax: scale must be above 0 (got {})", scale));
  CausalSoftmax operation;
  operation.scale = scale;
  return apply(operation, {x});
}

Tensor causal_mask(const Tensor& x) {
  require_queries("causal_mask", x.spec());
  const std::int64_t queries = x.shape()[-2], keys = x.shape()[-1];
  std::vector<float> seen(static_cast<std::size_t>(queries * keys));
  for (std::int64_t q = 0; q < queries; ++q)
    for (std::int64_t k = 0; k <= q + keys - queries; ++k)
      seen[static_cast<std::size_t>(q * keys + k)] = 1;
  return where(constant({queries, keys}, seen), x, zeros({1}));
}

}  // namespace ridgeback
