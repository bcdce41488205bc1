// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/quantize_gradient.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/fill.hpp"
#include "ridgeback/ops/layout.hpp"
#include "ridgeback/ops/matmul.hpp"
#include "ridgeback/ops/reduce.hpp"
#include "ridgeback/quant/code_gradient.hpp"
#include "ridgeback/quant/coded_value.hpp"
#include "ridgeback/quant/pack_products.hpp"
#include "ridgeback/quant/quant.hpp"

#include <fmt/core.h>

namespace ridgeback::quant {
namespace {

Tensor as_rows(const Tensor& x) {
  const auto [rows, cols] = as_matrix(x.shape());
  return x.shape().rank() == 2 ? x : reshape(x, {rows, cols});
}

// A gradient and what the step learns of its range.
struct Made {
  Tensor gradient;
  Tensor range;
};

// The value of the codes of dy, a block for each row.
Made coded_rows_of(const Tensor& dy, const GradientCode& code, std::uint32_t stream,
                   const Tensor& range) {
  const CodedGradient g = code_gradient(dy, Along::rows, {}, code, stream, range);
  return {dequantize(g.codes, g.factors, Group::channel()), g.range};
}

// Gives its first input, y; its gradient is made of codes of dy that are drawn from `stream`.
template <class Derived>
struct CodesGradientOf : OperationOf<Derived> {
  GradientCode code;
  std::uint32_t stream = 0;

  bool operator==(const CodesGradientOf&) const = default;
  [[nodiscard]] std::string attributes() const override {
    return fmt::format("{} stream={}", text(code), stream);
  }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    return {in[0]};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& /*c*/) const override { return {}; }
  [[nodiscard]] std::optional<int> alias_of() const override { return 0; }
};

// Inputs: y = x_hat w_hat^T, x_hat, w_hat and, in hindsight, the ranges of dx and dw.
struct QuantizeGradient final : CodesGradientOf<QuantizeGradient> {
  bool operator==(const QuantizeGradient&) const = default;
  [[nodiscard]] std::string_view name() const override { return "quantize_gradient"; }
  [[nodiscard]] std::vector<const Pass*> required_passes() const override {
    return {&pack_products()};
  }

  // sum over r of v[m, r] (s_r q[r, n] + o_r) = s_m sum over r of code[m, r] q[r, n] + term[m]
  [[nodiscard]] Made coded_product(const Tensor& dy, Along along, const CodedMatrix& other,
                                   std::uint32_t from, const Tensor& range) const {
    const CodedGradient g = code_gradient(dy, along, other.factors, code, from, range);
    const Tensor v = dequantize(g.codes, g.factors, Group::channel());
    const Tensor codes = as_rows(other.codes);
    const Tensor term = reshape(g.term, {g.term.shape()[0], 1});
    return {matmul(v, value_of_codes(codes)) + term, g.range};
  }

  [[nodiscard]] Made dx(const Tensor& dy, const Tensor& w, const Tensor& range) const {
    if (const auto codes = as_coded_rows(w))
      return coded_product(dy, Along::rows, *codes, stream, range);
    const Made coded = coded_rows_of(dy, code, stream, range);
    return {matmul(coded.gradient, w), coded.range};
  }

  [[nodiscard]] Made dw(const Tensor& dy, const Tensor& x, const Tensor& range) const {
    if (const auto codes = as_coded_rows(x))
      return coded_product(dy, Along::columns, *codes, stream + 1, range);
    // Codes by token have one range, which all output channels keep.
    const Made coded = coded_rows_of(dy, code, stream + 1, common(range));
    return {matmul(transpose(coded.gradient), as_rows(x)),
            range ? broadcast_to(coded.range, range.shape()) : coded.range};
  }

  static Tensor common(const Tensor& range) {
    if (!range) return {};
    return range.shape().count() == 0 ? zeros({1}) : max(range, 0, true);
  }

  // The product's own gradient rule is passed by: y gets none.
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    const Tensor dy = as_rows(g.grads[0]);
    const Tensor& x = g.inputs[1];
    const Tensor& w = g.inputs[2];
    const bool hindsight = g.inputs.size() > 3;
    std::vector<Tensor> grads(g.inputs.size());
    if (g.needs(1)) {
      const Made made = dx(dy, w, hindsight ? g.inputs[3] : Tensor{});
      grads[1] = x.shape().rank() == 2 ? made.gradient : reshape(made.gradient, x.shape());
      if (hindsight) grads[3] = made.range;
    }
    if (g.needs(2)) {
      const Made made = dw(dy, x, hindsight ? g.inputs[4] : Tensor{});
      grads[2] = made.gradient;
      if (hindsight) grads[4] = made.range;
    }
    return grads;
  }
};

// Inputs: y and, in hindsight, the range.
struct QuantizeOwnGradient final : CodesGradientOf<QuantizeOwnGradient> {
  bool operator==(const QuantizeOwnGradient&) const = default;
  [[nodiscard]] std::string_view name() const override { return "quantize_own_gradient"; }
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    const Tensor& dy = g.grads[0];
    const bool hindsight = g.inputs.size() > 1;
    const Made made = coded_rows_of(as_rows(dy), code, stream, hindsight ? g.inputs[1] : Tensor{});
    std::vector<Tensor> grads(g.inputs.size());
    grads[0] = dy.shape().rank() == 2 ? made.gradient : reshape(made.gradient, dy.shape());
    if (hindsight) grads[1] = made.range;
    return grads;
  }
};

}  // namespace

Tensor quantize_gradient(const Tensor& y, const Tensor& x_hat, const Tensor& w_hat,
                         const GradientCode& code, std::uint32_t stream,
                         const GradientRanges& ranges) {
  code.check();
  if (code.is_identity()) return y;
  const Shape& x = x_hat.shape();
  const Shape& w = w_hat.shape();
  require(x.rank() >= 2 && w.rank() == 2 && x[-1] == w[-1] && y.shape() == x.with(-1, w[0]),
          fmt::format("quantize_gradient: y must be x_hat w_hat^T (got {}, {} and {})",
                      y.spec().text(), x_hat.spec().text(), w_hat.spec().text()));
  const bool hindsight = code.range == GradientRange::hindsight;
  require(hindsight == static_cast<bool>(ranges.dx) && hindsight == static_cast<bool>(ranges.dw),
          "quantize_gradient: ranges are given for codes in hindsight, and only then");
  std::vector<Tensor> inputs{y, x_hat, w_hat};
  if (hindsight) {
    require(ranges.dx.shape() == Shape{1} && ranges.dw.shape() == Shape{w[0]},
            fmt::format("quantize_gradient: wrong ranges (got {} and {}, expected {} and {})",
                        ranges.dx.shape().text(), ranges.dw.shape().text(), Shape{1}.text(),
                        Shape{w[0]}.text()));
    inputs.insert(inputs.end(), {ranges.dx, ranges.dw});
  }
  QuantizeGradient operation;
  operation.code = code;
  operation.stream = stream;
  return apply(std::move(operation), std::move(inputs));
}

Tensor quantize_gradient(const Tensor& y, const GradientCode& code, std::uint32_t stream,
                         const Tensor& range) {
  code.check();
  if (code.is_identity()) return y;
  require(
      y.dtype() == DType::f32 && y.shape().rank() >= 1,
      fmt::format("quantize_gradient: y must be f32 and have an axis (got {})", y.spec().text()));
  const bool hindsight = code.range == GradientRange::hindsight;
  require(hindsight == static_cast<bool>(range),
          "quantize_gradient: a range is given for codes in hindsight, and only then");
  require(!hindsight || range.shape() == Shape{1},
          fmt::format("quantize_gradient: wrong range (got {}, expected [1])",
                      hindsight ? range.spec().text() : ""));
  QuantizeOwnGradient operation;
  operation.code = code;
  operation.stream = stream;
  std::vector<Tensor> inputs{y};
  if (hindsight) inputs.push_back(range);
  return apply(std::move(operation), std::move(inputs));
}

bool is_quantize_gradient(const Node& node) {
  return dynamic_cast<const QuantizeGradient*>(node.operation.get()) != nullptr;
}

}  // namespace ridgeback::quant
