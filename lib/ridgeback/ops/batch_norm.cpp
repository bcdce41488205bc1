// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/pass_names.hpp"
#include "ridgeback/graph/pass.hpp"
#include "ridgeback/graph/readers.hpp"
#include "ridgeback/ops/chain.hpp"
#include "ridgeback/ops/composition.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/layout.hpp"
#include "ridgeback/ops/norm.hpp"
#include "ridgeback/ops/norm_check.hpp"
#include "ridgeback/ops/norm_sums.hpp"
#include "ridgeback/ops/reduce.hpp"
#include "ridgeback/ops/row_launch.hpp"

#include <algorithm>
#include <utility>

#include "elementwise/unary.h"
#include "norm/column_moments.h"
#include "norm/column_moments_merge.h"
#include "norm/column_norm.h"
#include "norm/column_norm_backward.h"

namespace ridgeback {
namespace {

Tensor column_mean(const Tensor& x) {
  return mean(x, 0);
}

// EIGHTS of the kernels: two quads at a time.
bool has_eights(const Dispatch& launch, std::int64_t cols) {
  return launch.variant == "wide" && cols % 8 == 0;
}

// Inputs: x, dy, mean, variance, gamma. Outputs: dx, dgamma, dbeta.
//   n = (x - mean) / sqrt(variance + epsilon)    dgamma = sum_r dy n    dbeta = sum_r dy
//   dx = gamma / sqrt(variance + epsilon) (dy - dbeta / rows - n dgamma / rows)
struct BatchNormBackward final : OperationOf<BatchNormBackward> {
  bool has_gamma = false;
  float epsilon = 0;

  bool operator==(const BatchNormBackward&) const = default;
  [[nodiscard]] std::string_view name() const override { return "batch_norm_backward"; }
  [[nodiscard]] std::string attributes() const override {
    return fmt::format("epsilon={}", epsilon);
  }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    const TensorSpec channels{{in[0].shape[1]}, DType::f32};
    return {in[0], channels, channels};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const std::int64_t rows = c.in[0].shape[0], cols = c.in[0].shape[1];
    if (cols == 0) return {};
    std::vector<Dispatch> launches;
    ops::append_norm_sums(launches, c,
                          {.x = 0,
                           .dy = 1,
                           .mean = 2,
                           .variance = 3,
                           .row_stats = false,
                           .epsilon = epsilon,
                           .dscale = 1,
                           .dshift = 2});
    Dispatch launch =
        dispatch("column_norm_backward", c, ops::quad_candidates(c.target, cols % 4 == 0));
    const bool eights = has_eights(launch, cols);
    const ops::ColumnRuns cut = ops::column_runs(c.target, rows, cols, eights);
    const auto elements = static_cast<double>(rows * cols);
    launch.read(0)
        .read(1)
        .read(2)
        .read(3)
        .read(has_gamma ? 4 : 0)
        .read_output(1)
        .read_output(2)
        .write(0)
        .specialize(cut.local_size, cols % 4 == 0, has_gamma, eights)
        .push(shaders::ColumnNormBackwardParams{static_cast<std::uint32_t>(rows),
                                                static_cast<std::uint32_t>(cols),
                                                static_cast<std::uint32_t>(cut.rows_each), epsilon})
        .linear_groups(cut.groups)
        .cost(5 * elements, 12 * elements);
    launches.push_back(std::move(launch));
    return launches;
  }
  // Mean and variance are functions of x here, so that the gradients are total ones.
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    return ops::gradient_of(g, [this](const std::vector<Tensor>& in) -> std::vector<Tensor> {
      const Tensor &x = in[0], &dy = in[1];
      const Tensor from_mean = x - column_mean(x);
      const Tensor b = rsqrt(column_mean(square(from_mean)) + epsilon);
      const Tensor n = from_mean * b;
      const Tensor dgamma = sum(dy * n, 0), dbeta = sum(dy, 0);
      const float share = 1.0F / static_cast<float>(x.shape()[0]);
      const Tensor gain = has_gamma ? b * in[4] : b;
      return {gain * (dy - dbeta * share - n * (dgamma * share)), dgamma, dbeta};
    });
  }
};

const Pass& fuse_norm_relu();

// Inputs: x [rows, channels], gamma, beta. Outputs: y, mean, variance.
struct BatchNorm final : OperationOf<BatchNorm> {
  bool has_gamma = false;
  bool has_beta = false;
  bool has_relu = false;  // y is at least 0: of fuse_norm_relu, after gradients
  float epsilon = 0;

  bool operator==(const BatchNorm&) const = default;
  [[nodiscard]] std::string_view name() const override { return "batch_norm"; }
  [[nodiscard]] std::string attributes() const override {
    return fmt::format("epsilon={}{}", epsilon, has_relu ? " relu" : "");
  }
  [[nodiscard]] std::vector<const Pass*> required_passes() const override {
    return {&fuse_norm_relu()};
  }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    require(in[0].shape[0] > 0, "batch_norm: needs at least one row");
    ops::require_channels(name(), in.subspan(1), in[0].shape[1]);
    const TensorSpec channels{{in[0].shape[1]}, DType::f32};
    return {in[0], channels, channels};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    if (c.in[0].shape[1] == 0) return {};
    std::vector<Dispatch> launches = statistics(c);
    const std::int64_t rows = c.in[0].shape[0], cols = c.in[0].shape[1];
    Dispatch launch = dispatch("column_norm", c, ops::quad_candidates(c.target, cols % 4 == 0));
    const bool eights = has_eights(launch, cols);
    const ops::ColumnRuns cut = ops::column_runs(c.target, rows, cols, eights);
    const auto elements = static_cast<double>(rows * cols);
    launch.read(0)
        .read_output(1)
        .read_output(2)
        .read(has_gamma ? 1 : 0)
        .read(has_beta ? 1 + has_gamma : 0)
        .write(0)
        .specialize(cut.local_size, cols % 4 == 0, has_gamma, has_beta, has_relu, eights)
        .push(shaders::ColumnNormParams{static_cast<std::uint32_t>(rows),
                                        static_cast<std::uint32_t>(cols),
                                        static_cast<std::uint32_t>(cut.rows_each), epsilon})
        .linear_groups(cut.groups)
        .cost(3 * elements, 8 * elements);
    launches.push_back(std::move(launch));
    return launches;
  }
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    if (has_relu) return Operation::gradient(g);
    std::vector<Tensor> result(g.inputs.size());
    if (g.grads[0]) {
      BatchNormBackward backward;
      backward.has_gamma = has_gamma;
      backward.epsilon = epsilon;
      std::vector<Tensor> inputs{g.inputs[0], g.grads[0], g.outputs[1], g.outputs[2]};
      if (has_gamma) inputs.push_back(g.inputs[1]);
      const auto all = apply_all(std::make_shared<BatchNormBackward>(backward), inputs);
      result[0] = all[0];
      if (has_gamma) result[1] = all[1];
      if (has_beta) result.back() = all[2];
    }
    // mean = sum_r x / rows and variance = sum_r (x - mean)^2 / rows, where a loss uses them.
    const float share = 1.0F / static_cast<float>(g.inputs[0].shape()[0]);
    const auto add_to_dx = [&](const Tensor& part) {
      result[0] = result[0] ? result[0] + part : part;
    };
    if (g.grads[1]) add_to_dx(broadcast_to(g.grads[1] * share, g.inputs[0].shape()));
    if (g.grads[2])
      add_to_dx((g.inputs[0] - column_mean(g.inputs[0])) * (g.grads[2] * (2 * share)));
    return result;
  }

 private:
  [[nodiscard]] static std::vector<Dispatch> statistics(const LowerContext& c) {
    const std::int64_t rows = c.in[0].shape[0], cols = c.in[0].shape[1];
    const ops::ColumnRuns cut = ops::column_reduction_runs(c.target, rows, cols);
    const auto elements = static_cast<double>(rows * cols);
    const auto r = static_cast<std::uint32_t>(rows), n = static_cast<std::uint32_t>(cols);
    const auto each = static_cast<std::uint32_t>(cut.rows_each);
    const bool whole = cut.runs == 1;
    const std::int64_t scratch = cut.runs * cols * 4;
    Dispatch moments =
        dispatch("column_moments", c, ops::quad_candidates(c.target, cols % 4 == 0)).read(0);
    if (whole) {
      moments.write(1).write(2);
    } else {
      moments.write_scratch(0, scratch).write_scratch(1, scratch);
    }
    moments.specialize(cut.local_size, cols % 4 == 0, whole)
        .push(shaders::ColumnMomentsParams{r, n, each})
        .linear_groups(cut.groups)
        .cost(5 * elements, 4 * elements);
    if (whole) return {moments};
    return {moments,
            dispatch("column_moments_merge", c, ops::quad_candidates(c.target, cols % 4 == 0))
                .read(0)
                .read_scratch(0, scratch)
                .read_scratch(1, scratch)
                .write(1)
                .write(2)
                .specialize(cut.local_size, cols % 4 == 0)
                .push(shaders::ColumnMomentsMergeParams{r, n, each,
                                                        static_cast<std::uint32_t>(cut.runs)})
                .linear_groups(ceil_div(ceil_div(cols, 4), cut.local_size))
                .cost(0, 2.0 * static_cast<double>(scratch))};
  }
};

bool is_relu(const Node& node) {
  const auto code = ops::unary_code(*node.operation);
  return code && code->code == shaders::UNARY_RELU;
}

// Whether a node is a norm of whose y nothing but a relu is wanted.
bool feeds_relu(const Node& node, const Readers& readers) {
  if (dynamic_cast<const BatchNorm*>(node.operation.get()) == nullptr) return false;
  const auto of_y = readers.of(node, 0);
  return !of_y.empty() && std::ranges::all_of(of_y, [](const Node* reader) {
    return reader != nullptr && is_relu(*reader);
  });
}

// relu(y) of such a norm: the norm writes it in the place of y. Same bits. Of a norm of matrices:
// others have a reshape between.
class FuseNormRelu final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return pass_name("fuse_norm_relu"); }
  [[nodiscard]] Graph run(const Graph& graph) const override {
    const Readers readers(graph);
    return rewrite(graph,
                   [&](const Node& node,
                       std::span<const Tensor> inputs) -> std::optional<std::vector<Tensor>> {
                     if (feeds_relu(node, readers)) {
                       auto norm = std::make_shared<BatchNorm>(
                           dynamic_cast<const BatchNorm&>(*node.operation));
                       norm->has_relu = true;
                       return apply_all(std::move(norm), {inputs.begin(), inputs.end()});
                     }
                     if (!is_relu(node)) return std::nullopt;
                     const Tensor& read = node.inputs[0];
                     if (read.output() != 0 || !feeds_relu(read.node(), readers))
                       return std::nullopt;
                     return std::vector<Tensor>{inputs[0]};
                   });
  }
};

const Pass& fuse_norm_relu() {
  static const FuseNormRelu pass;
  return pass;
}

}  // namespace

BatchNormed batch_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, float epsilon) {
  ops::require_rows("batch_norm", x.spec());
  ops::require_epsilon("batch_norm", epsilon);
  auto operation = std::make_shared<BatchNorm>();
  operation->has_gamma = static_cast<bool>(gamma);
  operation->has_beta = static_cast<bool>(beta);
  operation->epsilon = epsilon;
  const auto [rows, cols] = as_matrix(x.shape());
  const auto outputs =
      apply_all(operation, ops::with_optional({reshape(x, {rows, cols})}, gamma, beta));
  return {reshape(outputs[0], x.shape()), outputs[1], outputs[2]};
}

}  // namespace ridgeback
