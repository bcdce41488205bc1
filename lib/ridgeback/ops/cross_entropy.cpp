// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/graph/operation.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/composition.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/fill.hpp"
#include "ridgeback/ops/index.hpp"
#include "ridgeback/ops/layout.hpp"
#include "ridgeback/ops/row_launch.hpp"
#include "ridgeback/ops/softmax.hpp"

#include <algorithm>
#include <fmt/core.h>

#include "softmax/correct_rows.h"
#include "softmax/cross_entropy_backward.h"
#include "softmax/cross_entropy_rows.h"

namespace ridgeback {
namespace {

Tensor label_constant(std::uint32_t label) {
  const auto bytes = std::as_bytes(std::span(&label, 1));
  return constant_bytes({{1}, DType::u32}, {bytes.begin(), bytes.end()});
}

void require_specs(std::string_view operation, std::span<const TensorSpec> in) {
  require(in[0].dtype == DType::f32 && in[0].shape.rank() == 2 && in[0].shape[1] > 0,
          fmt::format("{}: logits must be f32 [rows, classes] with a class (got {})", operation,
                      in[0].text()));
  const TensorSpec expected{{in[0].shape[0]}, DType::u32};
  require(in[1] == expected, fmt::format("{}: labels do not fit (got {}, expected {})", operation,
                                         in[1].text(), expected.text()));
}

// Inputs: logits, labels, the stats of the forward operation, and dloss.
// dx[r,c] = dloss[r] (softmax(x)[r,c] - t[r,c]), 0 where the row is ignored.
struct CrossEntropyBackward final : OperationOf<CrossEntropyBackward> {
  float smoothing = 0;

  bool operator==(const CrossEntropyBackward&) const = default;
  [[nodiscard]] std::string_view name() const override { return "softmax_cross_entropy_backward"; }
  [[nodiscard]] std::string attributes() const override {
    return fmt::format("smoothing={}", smoothing);
  }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    return {in[0]};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const std::int64_t rows = c.in[0].shape[0], cols = c.in[0].shape[1];
    if (rows == 0) return {};
    // A CPU invocation takes a row or a long piece of one; a GPU invocation one quad.
    const std::int64_t quads = ceil_div(cols, 4);
    const std::int64_t each = c.target.is_cpu() ? std::min<std::int64_t>(quads, 64) : 1;
    const std::uint32_t local_size = c.target.is_cpu() ? 8 : 128;
    const auto elements = static_cast<double>(rows * cols);
    return {dispatch("cross_entropy_backward", c, ops::quad_candidates(c.target, cols % 4 == 0))
                .read(0)
                .read(1)
                .read(2)
                .read(3)
                .write(0)
                .specialize(local_size, cols % 4 == 0)
                .push(shaders::CrossEntropyBackwardParams{
                    static_cast<std::uint32_t>(rows), static_cast<std::uint32_t>(cols),
                    static_cast<std::uint32_t>(each), smoothing})
                .linear_groups(ceil_div(rows * ceil_div(quads, each), local_size))
                .cost(4 * elements, 8 * elements)};
  }
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    return ops::gradient_of(g, [this](const std::vector<Tensor>& in) -> std::vector<Tensor> {
      const std::int64_t rows = in[0].shape()[0], classes = in[0].shape()[1];
      const Tensor ignored = equal(in[1], label_constant(ignored_label));
      const Tensor onehot = one_hot(in[1], classes);
      const Tensor target = onehot * (1 - smoothing) + smoothing / static_cast<float>(classes);
      const Tensor difference =
          where(reshape(ignored, {rows, 1}), zeros({rows, classes}), softmax(in[0]) - target);
      return {reshape(in[3], {rows, 1}) * difference};
    });
  }
};

// Inputs: logits, labels. Outputs: loss[r] = -sum_c t[r,c] log_softmax(x)[r,c], and for the
// backward operation stats[r] = (max_c x[r,c], 1 / sum_c exp(x[r,c] - max)).
struct CrossEntropy final : OperationOf<CrossEntropy> {
  float smoothing = 0;

  bool operator==(const CrossEntropy&) const = default;
  [[nodiscard]] std::string_view name() const override { return "softmax_cross_entropy"; }
  [[nodiscard]] std::string attributes() const override {
    return fmt::format("smoothing={}", smoothing);
  }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    require_specs(name(), in);
    return {{{in[0].shape[0]}, DType::f32}, {{in[0].shape[0], 2}, DType::f32}};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const std::int64_t rows = c.in[0].shape[0], cols = c.in[0].shape[1];
    if (rows == 0) return {};
    const ops::RowTeams teams = ops::row_teams(c.target, rows, cols);
    const auto elements = static_cast<double>(rows * cols);
    return {dispatch("cross_entropy_rows", c, ops::quad_candidates(c.target, cols % 4 == 0))
                .read(0)
                .read(1)
                .write(0)
                .write(1)
                .specialize(teams.local_size, cols % 4 == 0, teams.team)
                .push(shaders::CrossEntropyRowsParams{static_cast<std::uint32_t>(rows),
                                                      static_cast<std::uint32_t>(cols), smoothing})
                .linear_groups(teams.groups)
                .cost(4 * elements, 4 * elements)};
  }
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    CrossEntropyBackward backward;
    backward.smoothing = smoothing;
    return {apply(backward, {g.inputs[0], g.inputs[1], g.outputs[1], g.grads[0]}), Tensor{}};
  }
};

// y[r] = 1 where label[r] is the first largest logit of row r.
struct Correct final : OperationOf<Correct> {
  bool operator==(const Correct&) const = default;
  [[nodiscard]] std::string_view name() const override { return "correct"; }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    require_specs(name(), in);
    return {{{in[0].shape[0]}, DType::f32}};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const std::int64_t rows = c.in[0].shape[0], cols = c.in[0].shape[1];
    if (rows == 0) return {};
    const ops::RowTeams teams = ops::row_teams(c.target, rows, cols);
    return {dispatch("correct_rows", c, ops::quad_candidates(c.target, cols % 4 == 0))
                .read(0)
                .read(1)
                .write(0)
                .specialize(teams.local_size, cols % 4 == 0, teams.team)
                .push(shaders::CorrectRowsParams{static_cast<std::uint32_t>(rows),
                                                 static_cast<std::uint32_t>(cols)})
                .linear_groups(teams.groups)
                .cost(0, 4.0 * static_cast<double>(rows * cols))};
  }
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& /*g*/) const override {
    return {Tensor{}, Tensor{}};
  }
};

}  // namespace

Tensor softmax_cross_entropy(const Tensor& logits, const Tensor& labels,
                             const CrossEntropyOptions& options) {
  require(
      options.label_smoothing >= 0 && options.label_smoothing <= 1,
      fmt::format("softmax_cross_entropy: label_smoothing out of range (got {}, expected 0 to 1)",
                  options.label_smoothing));
  auto operation = std::make_shared<CrossEntropy>();
  operation->smoothing = options.label_smoothing;
  return apply_all(operation, {logits, labels})[0];
}

Tensor correct(const Tensor& logits, const Tensor& labels) {
  return apply(Correct{}, {logits, labels});
}

}  // namespace ridgeback
