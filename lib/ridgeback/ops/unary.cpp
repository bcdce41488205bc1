// SPDX-License-Identifier: Apache-2.0
#include "elementwise/unary.h"

#include "ridgeback/graph/operation.hpp"
#include "ridgeback/ops/chain.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/fill.hpp"
#include "ridgeback/ops/fuse_elementwise.hpp"
#include "ridgeback/ops/fuse_products.hpp"
#include "ridgeback/ops/row_launch.hpp"

#include <array>
#include <fmt/core.h>
#include <limits>
#include <numbers>

namespace ridgeback {
namespace {

using namespace shaders;  // NOLINT: the UNARY_ codes

constexpr float infinity = std::numeric_limits<float>::infinity();

// In the order of the codes in shaders/elementwise/unary.h.
constexpr std::array<std::string_view, 35> names{"neg",
                                                 "abs",
                                                 "sign",
                                                 "square",
                                                 "sqrt",
                                                 "rsqrt",
                                                 "reciprocal",
                                                 "exp",
                                                 "log",
                                                 "sin",
                                                 "cos",
                                                 "tanh",
                                                 "sigmoid",
                                                 "relu",
                                                 "gelu",
                                                 "gelu_tanh",
                                                 "silu",
                                                 "leaky_relu",
                                                 "leaky_step",
                                                 "softplus",
                                                 "clamp",
                                                 "round",
                                                 "floor",
                                                 "erf",
                                                 "add_scalar",
                                                 "mul_scalar",
                                                 "div_scalar",
                                                 "rsub_scalar",
                                                 "rdiv_scalar",
                                                 "pow_scalar",
                                                 "maximum_scalar",
                                                 "minimum_scalar",
                                                 "greater_scalar",
                                                 "less_scalar",
                                                 "equal_scalar"};
static_assert(names.size() == UNARY_EQUAL + 1);

struct Unary final : OperationOf<Unary> {
  std::uint32_t code = UNARY_NEG;
  float alpha = 0;
  float beta = 0;

  bool operator==(const Unary&) const = default;
  [[nodiscard]] std::string_view name() const override { return names[code]; }
  [[nodiscard]] std::string attributes() const override {
    if (code == UNARY_CLAMP) return fmt::format("low={} high={}", alpha, beta);
    const bool takes_scalar =
        code >= UNARY_ADD || code == UNARY_LEAKY_RELU || code == UNARY_LEAKY_STEP;
    return takes_scalar ? fmt::format("by={}", alpha) : "";
  }

  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    require(in[0].dtype == DType::f32,
            fmt::format("{}: input must be f32 (got {})", name(), in[0].text()));
    return {in[0]};
  }

  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    const std::int64_t count = c.out[0].shape.count();
    if (count == 0) return {};
    const ops::FlatQuads quads = ops::flat_quads(c.target, count, 4);
    return {dispatch("unary", c, quads.candidates)
                .read(0)
                .write(0)
                .specialize(quads.local_size, code, quads.items)
                .push(UnaryParams{static_cast<std::uint32_t>(count), alpha, beta})
                .linear_groups(quads.groups)
                .cost(static_cast<double>(count), 8.0 * static_cast<double>(count))};
  }

  [[nodiscard]] std::vector<const Pass*> required_passes() const override {
    return {&fuse_products(), &fuse_elementwise()};
  }

  [[nodiscard]] std::vector<InPlace> in_place() const override { return {{0, 0}}; }

  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    return {derivative(g.inputs[0], g.outputs[0], g.grads[0])};
  }

 private:
  [[nodiscard]] Tensor derivative(const Tensor& x, const Tensor& y, const Tensor& dy) const;
};

Tensor unary(std::uint32_t code, const Tensor& x, float alpha = 0, float beta = 0) {
  Unary operation;
  operation.code = code;
  operation.alpha = alpha;
  operation.beta = beta;
  return apply(operation, {x});
}

// d/dx of x/2 (1 + erf(x / sqrt 2)) = Phi(x) + x phi(x).
Tensor gelu_slope(const Tensor& x) {
  const Tensor cumulative = 0.5F * (1.0F + erf(x * (1.0F / std::numbers::sqrt2_v<float>)));
  const float peak = std::numbers::inv_sqrtpi_v<float> / std::numbers::sqrt2_v<float>;
  return cumulative + x * (exp(-0.5F * square(x)) * peak);
}

// With t = tanh(u), u = c (x + k x^3): (1 + t) / 2 + x (1 - t^2) c (1 + 3 k x^2) / 2.
Tensor gelu_tanh_slope(const Tensor& x) {
  constexpr float c = 0.79788456F;
  constexpr float k = 0.044715F;
  const Tensor x2 = square(x);
  const Tensor t = tanh(c * (x * (1.0F + k * x2)));
  const Tensor inner = c * (1.0F + (3.0F * k) * x2);
  return 0.5F * (1.0F + t) + 0.5F * (x * ((1.0F - square(t)) * inner));
}

Tensor Unary::derivative(const Tensor& x, const Tensor& y, const Tensor& dy) const {
  switch (code) {
    case UNARY_NEG:
    case UNARY_RSUB:
      return -dy;
    case UNARY_ABS:
      return dy * ridgeback::sign(x);
    case UNARY_SQUARE:
      return dy * (2.0F * x);
    case UNARY_SQRT:
      return dy * (0.5F / y);
    case UNARY_RSQRT:
      return dy * (-0.5F * (y * square(y)));
    case UNARY_RECIPROCAL:
      return -(dy * square(y));
    case UNARY_EXP:
      return dy * y;
    case UNARY_LOG:
      return dy / x;
    case UNARY_SIN:
      return dy * cos(x);
    case UNARY_COS:
      return -(dy * sin(x));
    case UNARY_TANH:
      return dy * (1.0F - square(y));
    case UNARY_SIGMOID:
      return dy * (y * (1.0F - y));
    case UNARY_RELU:  // by y: then nothing else need keep x
      return gate_positive(dy, y);
    case UNARY_GELU:
      return dy * gelu_slope(x);
    case UNARY_GELU_TANH:
      return dy * gelu_tanh_slope(x);
    case UNARY_SILU: {
      const Tensor s = sigmoid(x);
      return dy * (s * (1.0F + x * (1.0F - s)));
    }
    case UNARY_LEAKY_RELU:
      return dy * unary(UNARY_LEAKY_STEP, x, alpha);
    case UNARY_SOFTPLUS:
      return dy * sigmoid(x);
    case UNARY_CLAMP:
      return gate_within(dy, x, alpha, beta);
    case UNARY_MAXIMUM:
      return gate_within(dy, x, alpha, infinity);
    case UNARY_MINIMUM:
      return gate_within(dy, x, -infinity, alpha);
    case UNARY_ERF:
      return dy * ((2.0F * std::numbers::inv_sqrtpi_v<float>)*exp(-square(x)));
    case UNARY_ADD:
      return dy;
    case UNARY_MUL:
      return dy * alpha;
    case UNARY_DIV:
      return dy / alpha;
    case UNARY_RDIV:
      return dy * (-alpha * square(reciprocal(x)));
    case UNARY_POW:
      return dy * (alpha * pow(x, alpha - 1.0F));
    default:  // steps and comparisons are flat
      return {};
  }
}

}  // namespace

std::optional<ops::ElementwiseCode> ops::unary_code(const Operation& operation) {
  const auto* made = dynamic_cast<const Unary*>(&operation);
  if (made == nullptr) return std::nullopt;
  return ElementwiseCode{made->code, made->alpha, made->beta};
}

Tensor neg(const Tensor& x) {
  return unary(UNARY_NEG, x);
}
Tensor abs(const Tensor& x) {
  return unary(UNARY_ABS, x);
}
Tensor sign(const Tensor& x) {
  return unary(UNARY_SIGN, x);
}
Tensor square(const Tensor& x) {
  return unary(UNARY_SQUARE, x);
}
Tensor sqrt(const Tensor& x) {
  return unary(UNARY_SQRT, x);
}
Tensor rsqrt(const Tensor& x) {
  return unary(UNARY_RSQRT, x);
}
Tensor reciprocal(const Tensor& x) {
  return unary(UNARY_RECIPROCAL, x);
}
Tensor exp(const Tensor& x) {
  return unary(UNARY_EXP, x);
}
Tensor log(const Tensor& x) {
  return unary(UNARY_LOG, x);
}
Tensor sin(const Tensor& x) {
  return unary(UNARY_SIN, x);
}
Tensor cos(const Tensor& x) {
  return unary(UNARY_COS, x);
}
Tensor tanh(const Tensor& x) {
  return unary(UNARY_TANH, x);
}
Tensor erf(const Tensor& x) {
  return unary(UNARY_ERF, x);
}
Tensor sigmoid(const Tensor& x) {
  return unary(UNARY_SIGMOID, x);
}
Tensor relu(const Tensor& x) {
  return unary(UNARY_RELU, x);
}
Tensor leaky_relu(const Tensor& x, float slope) {
  return unary(UNARY_LEAKY_RELU, x, slope);
}
Tensor gelu(const Tensor& x) {
  return unary(UNARY_GELU, x);
}
Tensor gelu_tanh(const Tensor& x) {
  return unary(UNARY_GELU_TANH, x);
}
Tensor silu(const Tensor& x) {
  return unary(UNARY_SILU, x);
}
Tensor softplus(const Tensor& x) {
  return unary(UNARY_SOFTPLUS, x);
}
Tensor clamp(const Tensor& x, float low, float high) {
  require(low <= high, fmt::format("clamp: low is above high (got {} and {})", low, high));
  return unary(UNARY_CLAMP, x, low, high);
}
Tensor round(const Tensor& x) {
  return unary(UNARY_ROUND, x);
}
Tensor floor(const Tensor& x) {
  return unary(UNARY_FLOOR, x);
}
Tensor maximum(const Tensor& a, float b) {
  return unary(UNARY_MAXIMUM, a, b);
}
Tensor minimum(const Tensor& a, float b) {
  return unary(UNARY_MINIMUM, a, b);
}
Tensor greater(const Tensor& a, float b) {
  return unary(UNARY_GREATER, a, b);
}
Tensor less(const Tensor& a, float b) {
  return unary(UNARY_LESS, a, b);
}
Tensor equal(const Tensor& a, float b) {
  return unary(UNARY_EQUAL, a, b);
}

Tensor pow(const Tensor& a, float exponent) {
  if (exponent == 0.0F) return fill(a.shape(), 1.0F);
  if (exponent == 1.0F) return a;
  if (exponent == 2.0F) return square(a);
  if (exponent == 3.0F) return mul(a, square(a));
  if (exponent == 0.5F) return sqrt(a);
  if (exponent == -0.5F) return rsqrt(a);
  if (exponent == -1.0F) return reciprocal(a);
  return unary(UNARY_POW, a, exponent);
}

Tensor add(const Tensor& x, float value) {
  if (value == 0.0F) return x;
  if (const auto known = fill_value(x)) return fill(x.shape(), *known + value);
  return unary(UNARY_ADD, x, value);
}

Tensor mul(const Tensor& x, float value) {
  if (value == 1.0F) return x;
  if (const auto known = fill_value(x)) return fill(x.shape(), *known * value);
  return value == -1.0F ? neg(x) : unary(UNARY_MUL, x, value);
}

Tensor div(const Tensor& x, float value) {
  return value == 1.0F ? x : unary(UNARY_DIV, x, value);
}

Tensor sub_from(float value, const Tensor& x) {
  if (const auto known = fill_value(x)) return fill(x.shape(), value - *known);
  return unary(UNARY_RSUB, x, value);
}

Tensor div_into(float value, const Tensor& x) {
  return value == 1.0F ? reciprocal(x) : unary(UNARY_RDIV, x, value);
}

}  // namespace ridgeback
