// SPDX-License-Identifier: Apache-2.0
// layer_norm and rms_norm: one pair of operations, on matrices.
#include "norm/row_norm.h"

#include "ridgeback/ops/composition.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/layout.hpp"
#include "ridgeback/ops/norm.hpp"
#include "ridgeback/ops/norm_check.hpp"
#include "ridgeback/ops/norm_sums.hpp"
#include "ridgeback/ops/reduce.hpp"
#include "ridgeback/ops/row_launch.hpp"

#include "norm/row_norm_backward.h"

namespace ridgeback {
namespace {

Tensor row_mean(const Tensor& x) {
  return mean(x, -1, true);
}

// Inputs: x, dy, the stats of the forward operation, gamma. Outputs: dx, dgamma, dbeta; the latter
// two only where the norm has either.
struct RowNormBackward final : OperationOf<RowNormBackward> {
  bool centred = true;
  bool has_gamma = false;
  bool has_beta = false;
  float epsilon = 0;

  bool operator==(const RowNormBackward&) const = default;
  [[nodiscard]] std::string_view name() const override {
    return centred ? "layer_norm_backward" : "rms_norm_backward";
  }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    const TensorSpec channels{{in[0].shape[1]}, DType::f32};
    if (!has_gamma && !has_beta) return {in[0]};
    return {in[0], channels, channels};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const std::int64_t rows = c.in[0].shape[0], cols = c.in[0].shape[1];
    if (cols == 0) return {};
    std::vector<Dispatch> launches;
    if (rows > 0) {
      const ops::RowTeams teams = ops::row_teams(c.target, rows, cols);
      const auto elements = static_cast<double>(rows * cols);
      launches.push_back(
          dispatch("row_norm_backward", c, ops::quad_candidates(c.target, cols % 4 == 0))
              .read(0)
              .read(1)
              .read(has_gamma ? 3 : 0)
              .read(2)
              .write(0)
              .specialize(teams.local_size, cols % 4 == 0, teams.team, centred, has_gamma)
              .push(shaders::RowNormBackwardParams{static_cast<std::uint32_t>(rows),
                                                   static_cast<std::uint32_t>(cols)})
              .linear_groups(teams.groups)
              .cost(10 * elements, 12 * elements));
    }
    if (has_gamma || has_beta) {
      // stats stand in for the variance, which statistics of rows do not read.
      ops::append_norm_sums(launches, c,
                            {.x = 0,
                             .dy = 1,
                             .mean = 2,
                             .variance = 2,
                             .row_stats = true,
                             .epsilon = epsilon,
                             .dscale = 1,
                             .dshift = 2});
    }
    return launches;
  }
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    return ops::gradient_of(g, [this](const std::vector<Tensor>& in) -> std::vector<Tensor> {
      const Tensor &x = in[0], &dy = in[1];
      const Tensor from_mean = centred ? x - row_mean(x) : x;
      const Tensor b = rsqrt(row_mean(square(from_mean)) + epsilon);
      const Tensor n = from_mean * b;
      const Tensor gy = has_gamma ? dy * in[3] : dy;
      const Tensor level = centred ? gy - row_mean(gy) : gy;
      std::vector<Tensor> outputs{b * (level - n * row_mean(gy * n))};
      if (has_gamma || has_beta) {
        outputs.push_back(sum(dy * n, 0));
        outputs.push_back(sum(dy, 0));
      }
      return outputs;
    });
  }
};

// Inputs: x [rows, channels], gamma, beta. Outputs: y, and for the backward operation
// stats[r] = (a, 1 / sqrt(v + epsilon)).
struct RowNorm final : OperationOf<RowNorm> {
  bool centred = true;
  bool has_gamma = false;
  bool has_beta = false;
  float epsilon = 0;

  bool operator==(const RowNorm&) const = default;
  [[nodiscard]] std::string_view name() const override {
    return centred ? "layer_norm" : "rms_norm";
  }
  [[nodiscard]] std::string attributes() const override {
    return fmt::format("epsilon={}", epsilon);
  }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    ops::require_channels(name(), in.subspan(1), in[0].shape[1]);
    return {in[0], {{in[0].shape[0], 2}, DType::f32}};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const std::int64_t rows = c.in[0].shape[0], cols = c.in[0].shape[1];
    if (rows == 0 || cols == 0) return {};
    const ops::RowTeams teams = ops::row_teams(c.target, rows, cols);
    const auto elements = static_cast<double>(rows * cols);
    return {
        dispatch("row_norm", c, ops::quad_candidates(c.target, cols % 4 == 0))
            .read(0)
            .read(has_gamma ? 1 : 0)
            .read(has_beta ? 1 + has_gamma : 0)
            .write(0)
            .write(1)
            .specialize(teams.local_size, cols % 4 == 0, teams.team, centred, has_gamma, has_beta)
            .push(shaders::RowNormParams{static_cast<std::uint32_t>(rows),
                                         static_cast<std::uint32_t>(cols), epsilon})
            .linear_groups(teams.groups)
            .cost(8 * elements, 8 * elements)};
  }
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    RowNormBackward backward;
    backward.centred = centred;
    backward.has_gamma = has_gamma;
    backward.has_beta = has_beta;
    backward.epsilon = epsilon;
    std::vector<Tensor> inputs{g.inputs[0], g.grads[0], g.outputs[1]};
    if (has_gamma) inputs.push_back(g.inputs[1]);
    const std::vector<Tensor> all = apply_all(std::make_shared<RowNormBackward>(backward), inputs);
    std::vector<Tensor> result{all[0]};
    if (has_gamma) result.push_back(all[1]);
    if (has_beta) result.push_back(all[2]);
    return result;
  }
};

Tensor row_norm(RowNorm operation, const Tensor& x, const Tensor& gamma, const Tensor& beta) {
  ops::require_rows(operation.name(), x.spec());
  ops::require_epsilon(operation.name(), operation.epsilon);
  operation.has_gamma = static_cast<bool>(gamma);
  operation.has_beta = static_cast<bool>(beta);
  const auto [rows, cols] = as_matrix(x.shape());
  const auto outputs = apply_all(std::make_shared<RowNorm>(operation),
                                 ops::with_optional({reshape(x, {rows, cols})}, gamma, beta));
  return reshape(outputs[0], x.shape());
}

}  // namespace

Tensor layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, float epsilon) {
  RowNorm operation;
  operation.epsilon = epsilon;
  return row_norm(operation, x, gamma, beta);
}

Tensor rms_norm(const Tensor& x, const Tensor& gamma, float epsilon) {
  RowNorm operation;
  operation.centred = false;
  operation.epsilon = epsilon;
  return row_norm(operation, x, gamma, {});
}

}  // namespace ridgeback
