// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/fill.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <limits>

#include "harness/op_case.hpp"

namespace ridgeback::test {
namespace {

using Function = double (*)(double);

double gelu_of(double x) {
  return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0)));
}
double gelu_tanh_of(double x) {
  return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
}
double sigmoid_of(double x) {
  return 1 / (1 + std::exp(-x));
}
double sign_of(double x) {
  return x > 0 ? 1 : x < 0 ? -1 : 0;
}

// Every function on shapes of its domain, and one large timing.
struct Row {
  const char* label;
  Tensor (*graph)(const Tensor&);
  Function reference;
  Input (*domain)(const Shape&);
  Tolerance tolerance;
  bool gradient;
};

Input around_zero(const Shape& s) {
  return uniform(s, -4, 4);
}
Input off_kink(const Shape& s) {
  return off_zero(s, 0.01, 3);
}
Input positive(const Shape& s) {
  return uniform(s, 0.1, 5);
}
Input wide(const Shape& s) {
  return uniform(s, -60, 60);
}

Array mapped(const Array& x, Function f) {
  return map(x, [f](double v) { return f(v); });
}

const std::vector<Row>& rows() {
  static const std::vector<Row> all{
      {"neg", neg, [](double x) { return -x; }, around_zero, exact(), true},
      {"abs", ridgeback::abs, [](double x) { return std::abs(x); }, off_kink, exact(), true},
      {"sign", sign, sign_of, off_kink, exact(), true},
      {"square", square, [](double x) { return x * x; }, around_zero, epsilons(1), true},
      {"sqrt", ridgeback::sqrt, [](double x) { return std::sqrt(x); }, positive, epsilons(3), true},
      {"rsqrt", rsqrt, [](double x) { return 1 / std::sqrt(x); }, positive, epsilons(4), true},
      {"reciprocal", reciprocal, [](double x) { return 1 / x; }, off_kink, epsilons(3), true},
      {"exp", ridgeback::exp, [](double x) { return std::exp(x); }, around_zero, epsilons(12),
       true},
      {"exp of wide", ridgeback::exp, [](double x) { return std::exp(x); }, wide, epsilons(130),
       false},
      {"log", ridgeback::log, [](double x) { return std::log(x); }, positive, epsilons(8), true},
      {"sin", ridgeback::sin, [](double x) { return std::sin(x); }, around_zero, {0, 5e-4}, true},
      {"cos", ridgeback::cos, [](double x) { return std::cos(x); }, around_zero, {0, 5e-4}, true},
      {"tanh", ridgeback::tanh, [](double x) { return std::tanh(x); }, around_zero, epsilons(4),
       true},
      {"tanh of wide", ridgeback::tanh, [](double x) { return std::tanh(x); }, wide, epsilons(4),
       false},
      {"erf", ridgeback::erf, [](double x) { return std::erf(x); }, around_zero, epsilons(4), true},
      {"erf of wide", ridgeback::erf, [](double x) { return std::erf(x); }, wide, epsilons(4),
       false},
      {"sigmoid", sigmoid, sigmoid_of, around_zero, epsilons(8), true},
      {"sigmoid of wide", sigmoid, sigmoid_of, wide, epsilons(8), false},
      {"relu", relu, [](double x) { return std::max(x, 0.0); }, off_kink, exact(), true},
      {"leaky_relu", [](const Tensor& x) { return leaky_relu(x, 0.125F); },
       [](double x) { return x > 0 ? x : 0.125 * x; }, off_kink, exact(), true},
      {"gelu", gelu, gelu_of, around_zero, epsilons(8), true},
      {"gelu_tanh", gelu_tanh, gelu_tanh_of, around_zero, epsilons(8), true},
      {"silu", silu, [](double x) { return x * sigmoid_of(x); }, around_zero, epsilons(8), true},
      {"softplus", softplus, [](double x) { return std::log1p(std::exp(x)); }, around_zero,
       epsilons(8), true},
      {"softplus of wide", softplus,
       [](double x) { return x > 30 ? x + std::exp(-x) : std::log1p(std::exp(x)); }, wide,
       epsilons(8), false},
      {"hardtanh", hardtanh, [](double x) { return std::clamp(x, -1.0, 1.0); }, around_zero,
       exact(), true},
      {"round", ridgeback::round, [](double x) { return std::nearbyint(x); }, around_zero, exact(),
       false},
      {"floor", ridgeback::floor, [](double x) { return std::floor(x); }, around_zero, exact(),
       false},
      {"plus scalar", [](const Tensor& x) { return 0.75F + x; }, [](double x) { return x + 0.75; },
       around_zero, exact(), true},
      {"minus scalar", [](const Tensor& x) { return x - 0.75F; }, [](double x) { return x - 0.75; },
       around_zero, exact(), true},
      {"times scalar", [](const Tensor& x) { return 3.0F * x; }, [](double x) { return 3 * x; },
       around_zero, exact(), true},
      {"over scalar", [](const Tensor& x) { return x / 3.0F; }, [](double x) { return x / 3; },
       around_zero, epsilons(3), true},
      {"scalar minus", [](const Tensor& x) { return 0.75F - x; }, [](double x) { return 0.75 - x; },
       around_zero, exact(), true},
      {"scalar over", [](const Tensor& x) { return 3.0F / x; }, [](double x) { return 3 / x; },
       off_kink, epsilons(3), true},
      {"pow 2.5", [](const Tensor& x) { return pow(x, 2.5F); },
       [](double x) { return std::pow(x, 2.5); }, positive, epsilons(40), true},
      {"pow 5", [](const Tensor& x) { return pow(x, 5.0F); },
       [](double x) { return std::pow(x, 5.0); }, off_kink, epsilons(40), true},
      {"pow 4", [](const Tensor& x) { return pow(x, 4.0F); },
       [](double x) { return std::pow(x, 4.0); }, off_kink, epsilons(40), true},
      {"pow 3", [](const Tensor& x) { return pow(x, 3.0F); }, [](double x) { return x * x * x; },
       around_zero, epsilons(2), true},
      {"maximum scalar", [](const Tensor& x) { return maximum(x, 0.5F); },
       [](double x) { return std::max(x, 0.5); }, around_zero, exact(), true},
      {"minimum scalar", [](const Tensor& x) { return minimum(x, 0.5F); },
       [](double x) { return std::min(x, 0.5); }, around_zero, exact(), true},
      {"greater scalar", [](const Tensor& x) { return greater(x, 0.5F); },
       [](double x) { return x > 0.5 ? 1.0 : 0.0; }, around_zero, exact(), true},
      {"less scalar", [](const Tensor& x) { return less(x, 0.5F); },
       [](double x) { return x < 0.5 ? 1.0 : 0.0; }, around_zero, exact(), true},
  };
  return all;
}

OP_CASES("unary") {
  for (const Row& row : rows()) {
    for (const Shape& shape : {Shape{7, 113}, Shape{3}}) {
      add({.inputs = {row.domain(shape)},
           .graph = [f = row.graph](auto in) { return f(in[0]); },
           .reference = [f = row.reference](const Array& x) { return mapped(x, f); },
           .tolerance = row.tolerance,
           .gradient = row.gradient,
           .label = fmt::format("{} {}", row.label, shape.count())});
    }
  }
}

// Shapes are the kernel's business, whatever the function.
OP_CASES("unary_shapes") {
  std::vector<Shape> shapes = awkward_shapes();
  shapes.push_back({4099, 33});  // more than one vector an invocation
  for (const Shape& shape : shapes) {
    add({.inputs = {uniform(shape, -4, 4)},
         .graph = [](auto in) { return square(in[0]); },
         .reference = [](const Array& x) { return map(x, [](double v) { return v * v; }); },
         .tolerance = exact(),
         .gradient = shape.count() > 0 && shape.count() < 2000});
  }
  const Shape large{2048, 2048};
  add({.inputs = {uniform(large, -4, 4)},
       .graph = [](auto in) { return relu(in[0]); },
       .bytes = 8.0 * static_cast<double>(large.count()),
       .bench_only = true,
       .label = "relu large"});
  add({.inputs = {uniform(large, -4, 4)},
       .graph = [](auto in) { return gelu(in[0]); },
       .bytes = 8.0 * static_cast<double>(large.count()),
       .bench_only = true,
       .label = "gelu large"});
}

// The values where functions change their way.
OP_CASES("unary_edges") {
  const double inf = std::numeric_limits<double>::infinity();
  const std::vector<double> points{0,      -0.5, 0.5, 1.5, 2.5, -1.5, 0.625,
                                   -0.625, 1,    -1,  4,   -4,  inf,  -inf};
  const Shape shape{static_cast<std::int64_t>(points.size())};
  const auto one = [&](const char* label, Tensor (*graph)(const Tensor&), Function reference) {
    add({.inputs = {exactly(shape, points)},
         .graph = [graph](auto in) { return graph(in[0]); },
         .reference = [reference](const Array& x) { return mapped(x, reference); },
         .tolerance = epsilons(4),
         .label = label});
  };
  one("tanh", ridgeback::tanh, [](double x) { return std::tanh(x); });
  one("erf", ridgeback::erf, [](double x) { return std::erf(x); });
  one("sigmoid", sigmoid, sigmoid_of);
  one("relu", relu, [](double x) { return std::max(x, 0.0); });
  one("round", ridgeback::round, [](double x) { return std::nearbyint(x); });
  one("sign", sign, sign_of);
  one("exp", ridgeback::exp, [](double x) { return std::exp(x); });
  one("softplus", softplus, [](double x) { return x > 30 ? x : std::log1p(std::exp(x)); });
  one("clamp", hardtanh, [](double x) { return std::clamp(x, -1.0, 1.0); });
}

OP_CASES("cast of halves") {
  const auto same = [](const Array& x) { return x; };
  const auto to_half = [](auto in) { return cast(in[0], DType::f16); };
  for (const Shape& shape : {Shape{7, 113}, Shape{0}, Shape{1}, Shape{2, 12}}) {
    add({.inputs = {uniform(shape, -100, 100)},
         .graph = to_half,
         .reference = same,
         .tolerance = exact()});
    add({.inputs = {integers(shape, -2048, 2048, DType::f16)},
         .graph = [](auto in) { return cast(in[0], DType::f32); },
         .reference = same,
         .tolerance = exact(),
         .label = fmt::format("to_f32_{}", shape.text())});
  }
  // Ties, the largest half and what rounds to infinity, the smallest and what rounds to them.
  const double step = std::exp2(-24), least = std::exp2(-14);
  std::vector<double> edges{0,
                            1 + std::exp2(-11),
                            1 + 3 * std::exp2(-11),
                            2049,
                            2051,
                            65504,
                            65519.99,
                            65520,
                            65536,
                            1e30,
                            step,
                            0.5 * step,
                            0.51 * step,
                            1.5 * step,
                            2.5 * step,
                            least,
                            least - step,
                            least - 0.25 * step,
                            1e-30,
                            1.0 / 3};
  for (double& edge : edges) edge = static_cast<double>(static_cast<float>(edge));
  const std::size_t count = edges.size();
  for (std::size_t i = 0; i < count; ++i) edges.push_back(-edges[i]);
  add({.inputs = {exactly({static_cast<std::int64_t>(edges.size())}, edges)},
       .graph = to_half,
       .reference = same,
       .tolerance = exact()});
}

OP_CASES("cast") {
  for (const Shape& shape : {Shape{7, 113}, Shape{0}, Shape{4}}) {
    const auto same = [](const Array& x) { return x; };
    add({.inputs = {integers(shape, -1000, 1000, DType::i32)},
         .graph = [](auto in) { return cast(in[0], DType::f32); },
         .reference = same,
         .tolerance = exact()});
    add({.inputs = {integers(shape, 0, 1 << 24, DType::u32)},
         .graph = [](auto in) { return cast(in[0], DType::f32); },
         .reference = same,
         .tolerance = exact()});
    add({.inputs = {uniform(shape, -100, 100)},
         .graph = [](auto in) { return cast(in[0], DType::i32); },
         .reference = [](const Array& x) { return map(x, [](double v) { return std::trunc(v); }); },
         .tolerance = exact()});
    add({.inputs = {uniform(shape, 0, 100)},
         .graph = [](auto in) { return cast(in[0], DType::u32); },
         .reference = [](const Array& x) { return map(x, [](double v) { return std::trunc(v); }); },
         .tolerance = exact()});
    add({.inputs = {integers(shape, 0, 1000, DType::u32)},
         .graph = [](auto in) { return cast(in[0], DType::i32); },
         .reference = same,
         .tolerance = exact()});
  }
}

TEST(Unary, RefusesWhatIsNotF32) {
  EXPECT_THROW((void)ridgeback::exp(input({2}, DType::u32)), InvalidArgument);
  EXPECT_THROW((void)cast(input({2}, DType::i8), DType::f32), InvalidArgument);
  EXPECT_THROW((void)cast(input({2}, DType::f16), DType::i32), InvalidArgument);
  EXPECT_THROW((void)cast(input({2}, DType::u32), DType::f16), InvalidArgument);
  EXPECT_THROW((void)clamp(input({2}), 1, -1), InvalidArgument);
}

TEST(Unary, LeavesOutWhatDoesNothing) {
  const Tensor x = input({2, 3});
  EXPECT_TRUE((x * 1.0F).is(x));
  EXPECT_TRUE((x + 0.0F).is(x));
  EXPECT_TRUE((x / 1.0F).is(x));
  EXPECT_TRUE(pow(x, 1.0F).is(x));
  EXPECT_TRUE((x * ones({2, 3})).is(x));
  EXPECT_TRUE((zeros({3}) + x).is(x));
  EXPECT_EQ(fill_value(ones({4}) * 3.0F + 1.0F), 4.0F);
  EXPECT_EQ((zeros({5, 2, 3}) + x).shape(), (Shape{5, 2, 3}));
}

}  // namespace
}  // namespace ridgeback::test
