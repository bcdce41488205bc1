// SPDX-License-Identifier: Apache-2.0
// The evaluation form of batch norm: folding its statistics, and applying the result.
#include "norm/scale_shift.h"

#include "ridgeback/ops/composition.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/epilogue.hpp"
#include "ridgeback/ops/fuse_products.hpp"
#include "ridgeback/ops/norm.hpp"
#include "ridgeback/ops/norm_check.hpp"
#include "ridgeback/ops/row_launch.hpp"

#include "norm/fold_norm.h"

namespace ridgeback {
namespace {

// y = x scale + shift.
struct ScaleShift final : OperationOf<ScaleShift> {
  bool operator==(const ScaleShift&) const = default;
  [[nodiscard]] std::string_view name() const override { return "scale_shift"; }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    ops::require_rows(name(), in[0]);
    ops::require_channels(name(), in.subspan(1), in[0].shape[-1]);
    return {in[0]};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const auto [rows, cols] = as_matrix(c.in[0].shape);
    if (rows == 0 || cols == 0) return {};
    const ops::ColumnRuns cut = ops::column_runs(c.target, rows, cols);
    const auto elements = static_cast<double>(rows * cols);
    return {dispatch("scale_shift", c, ops::quad_candidates(c.target, cols % 4 == 0))
                .read(0)
                .read(1)
                .read(2)
                .write(0)
                .specialize(cut.local_size, cols % 4 == 0)
                .push(shaders::ScaleShiftParams{static_cast<std::uint32_t>(rows),
                                                static_cast<std::uint32_t>(cols),
                                                static_cast<std::uint32_t>(cut.rows_each)})
                .linear_groups(cut.groups)
                .cost(2 * elements, 8 * elements)};
  }
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    return ops::gradient_of(g, [](const std::vector<Tensor>& in) -> std::vector<Tensor> {
      return {in[0] * in[1] + in[2]};
    });
  }
  [[nodiscard]] std::vector<const Pass*> required_passes() const override {
    return {&fuse_products()};
  }
  [[nodiscard]] std::vector<InPlace> in_place() const override { return {{0, 0}}; }
};

// Inputs: mean, variance, gamma, beta. Outputs: scale = gamma / sqrt(variance + epsilon),
// shift = beta - mean scale.
struct FoldNorm final : OperationOf<FoldNorm> {
  bool has_gamma = false;
  bool has_beta = false;
  float epsilon = 0;

  bool operator==(const FoldNorm&) const = default;
  [[nodiscard]] std::string_view name() const override { return "fold_batch_norm"; }
  [[nodiscard]] std::string attributes() const override {
    return fmt::format("epsilon={}", epsilon);
  }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    require(in[0].shape.rank() == 1,
            fmt::format("fold_batch_norm: mean must be f32 [channels] (got {})", in[0].text()));
    ops::require_channels(name(), in, in[0].shape[0]);
    return {in[0], in[0]};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const std::int64_t count = c.in[0].shape[0];
    if (count == 0) return {};
    constexpr std::uint32_t local_size = 64;  // the same for every caller and device class
    return {dispatch("fold_norm", c)
                .read(0)
                .read(1)
                .read(has_gamma ? 2 : 0)
                .read(has_beta ? 2 + has_gamma : 0)
                .write(0)
                .write(1)
                .specialize(local_size, has_gamma, has_beta)
                .push(shaders::FoldNormParams{static_cast<std::uint32_t>(count), epsilon})
                .linear_groups(ceil_div(count, local_size))
                .cost(4.0 * static_cast<double>(count), 24.0 * static_cast<double>(count))};
  }
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    return ops::gradient_of(g, [this](const std::vector<Tensor>& in) -> std::vector<Tensor> {
      const Tensor root = rsqrt(in[1] + epsilon);
      const Tensor scale = has_gamma ? in[2] * root : root;
      const Tensor shift = has_beta ? in.back() - in[0] * scale : -(in[0] * scale);
      return {scale, shift};
    });
  }
};

}  // namespace

bool ops::is_scale_shift(const Operation& operation) {
  return dynamic_cast<const ScaleShift*>(&operation) != nullptr;
}

Tensor scale_shift(const Tensor& x, const Tensor& scale, const Tensor& shift) {
  return apply(ScaleShift{}, {x, scale, shift});
}

FoldedNorm fold_batch_norm(const Tensor& gamma, const Tensor& beta, const Tensor& mean,
                           const Tensor& variance, float epsilon) {
  ops::require_epsilon("fold_batch_norm", epsilon);
  auto operation = std::make_shared<FoldNorm>();
  operation->has_gamma = static_cast<bool>(gamma);
  operation->has_beta = static_cast<bool>(beta);
  operation->epsilon = epsilon;
  const auto outputs = apply_all(operation, ops::with_optional({mean, variance}, gamma, beta));
  return {outputs[0], outputs[1]};
}

}  // namespace ridgeback
