// SPDX-License-Identifier: Apache-2.0
// Derivatives with the real operations: through each other, twice, and stopped.
#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/ops.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <cmath>
#include <gtest/gtest.h>

#include "harness/device.hpp"
#include "harness/op_case.hpp"
#include "harness/tolerance.hpp"

namespace ridgeback::test {
namespace {

// d/dx and d2/dx2 as operations of their own: the case's reference is the derivative.
OP_CASES("derivative") {
  add({.inputs = {uniform({7, 5}, -2, 2)},
       .graph = [](auto in) { return gradient(in[0] * square(in[0]), {in[0]})[0]; },
       .reference = [](const Array& x) { return map(x, [](double v) { return 3 * v * v; }); },
       .gradient = true,
       .label = "first of cube"});
  add({.inputs = {uniform({7, 5}, -2, 2)},
       .graph =
           [](auto in) {
             const Tensor first = gradient(in[0] * square(in[0]), {in[0]})[0];
             return gradient(first, {in[0]})[0];
           },
       .reference = [](const Array& x) { return map(x, [](double v) { return 6 * v; }); },
       .gradient = true,
       .label = "second of cube"});
  add({.inputs = {uniform({33}, -2, 2)},
       .graph =
           [](auto in) {
             const Tensor first = gradient(tanh(in[0]), {in[0]})[0];
             return gradient(first, {in[0]})[0];
           },
       .reference =
           [](const Array& x) {
             return map(x, [](double v) {
               const double t = std::tanh(v);
               return -2 * t * (1 - t * t);
             });
           },
       .tolerance = epsilons(8),
       .gradient = true,
       .label = "second of tanh"});
  // The norm of a gradient, as a regulariser uses it: f = sum x^2 y, |df/dx|^2 = 4 x^2 y^2.
  add({.inputs = {uniform({9}, -2, 2, 1), uniform({9}, -2, 2, 2)},
       .graph = [](auto in) { return sum(square(gradient(square(in[0]) * in[1], {in[0]})[0])); },
       .reference =
           [](const Array& x, const Array& y) {
             Array norm(Shape{});
             for (std::int64_t i = 0; i < x.count(); ++i) norm[0] += 4 * x[i] * x[i] * y[i] * y[i];
             return norm;
           },
       .tolerance = epsilons(8),
       .gradient = true,
       .label = "norm"});
  add({.inputs = {exactly({5}, {1, 3, 3, 2, 3})},
       .graph = [](auto in) { return gradient(max(in[0]), {in[0]})[0]; },
       .reference =
           [](const Array&) {
             return Array(Shape{5}, {0, 1.0 / 3, 1.0 / 3, 0, 1.0 / 3});
           },
       .tolerance = epsilons(1),
       .label = "a maximum shares among equals"});
  add({.inputs = {exactly({3}, {1, 2, 3}), exactly({3}, {3, 2, 1})},
       .graph =
           [](auto in) {
             return gradient(maximum(in[0], in[1]), {in[0], in[1]});
           },
       .reference =
           [](const Array&, const Array&) {
             return std::vector<Array>{Array(Shape{3}, {0, 0.5, 1}), Array(Shape{3}, {1, 0.5, 0})};
           },
       .tolerance = exact(),
       .label = "maximum halves at equality"});
  add({.inputs = {exactly({3}, {-1, 0, 1})},
       .graph = [](auto in) { return gradient(relu(in[0]), {in[0]})[0]; },
       .reference =
           [](const Array&) {
             return Array(Shape{3}, {0, 0, 1});
           },
       .tolerance = exact(),
       .label = "relu is flat at zero"});
}

// A net without products of matrices: h = tanh(sum_j w[i, j] x[j] + b[i]), loss = mean((h - t)^2).
Tensor net_loss(const Tensor& w, const Tensor& b, const Tensor& x, const Tensor& t) {
  return mean(square(tanh(sum(w * x, 1) + b) - t));
}

double net_loss_of(const Array& w, const Array& b, const Array& x, const Array& t) {
  double loss = 0;
  for (std::int64_t i = 0; i < b.count(); ++i) {
    double z = b[i];
    for (std::int64_t j = 0; j < x.count(); ++j) z += w[i * x.count() + j] * x[j];
    loss += std::pow(std::tanh(z) - t[i], 2);
  }
  return loss / static_cast<double>(b.count());
}

// (grad(w + h v) - grad(w - h v)) / 2h from gradients that are differences of the loss themselves.
Array hessian_times(const std::vector<Array>& in, const Array& v) {
  const auto loss_at = [&](std::int64_t i, double di, double along) {
    Array w = in[0];
    for (std::int64_t k = 0; k < w.count(); ++k) w[k] += along * v[k];
    w[i] += di;
    return net_loss_of(w, in[1], in[2], in[3]);
  };
  constexpr double h = 1e-4;
  Array result(in[0].shape);
  for (std::int64_t i = 0; i < result.count(); ++i) {
    result[i] = (loss_at(i, h, h) - loss_at(i, -h, h) - loss_at(i, h, -h) + loss_at(i, -h, -h)) /
                (4 * h * h);
  }
  return result;
}

OP_CASES("net") {
  const std::vector<Input> inputs{uniform({4, 6}, -1, 1, 1), uniform({4}, -1, 1, 2),
                                  uniform({6}, -1, 1, 3), uniform({4}, -1, 1, 4)};
  add({.inputs = inputs,
       .graph = [](auto in) { return net_loss(in[0], in[1], in[2], in[3]); },
       .reference =
           [](const std::vector<Array>& in) {
             return Array(Shape{}, {net_loss_of(in[0], in[1], in[2], in[3])});
           },
       .tolerance = epsilons(10),
       .gradient = true});
  std::vector<Input> with_direction = inputs;
  with_direction.push_back(uniform({4, 6}, -1, 1, 5));
  add({.inputs = with_direction,
       .graph =
           [](auto in) {
             const Tensor dw = gradient(net_loss(in[0], in[1], in[2], in[3]), {in[0]})[0];
             return gradient(sum(dw * in[4]), {in[0]})[0];
           },
       .reference = [](const std::vector<Array>& in) { return hessian_times(in, in[4]); },
       .tolerance = {1e-4, 1e-6},
       .label = "Hessian times a vector"});
}

TEST(Gradient, IsZeroWithoutInfluence) {
  const Tensor x = input({3});
  const Tensor other = input({2, 2});
  const std::vector<Tensor> grads = gradient(square(x), {other, x});
  EXPECT_EQ(fill_value(grads[0]), 0.0F);
  EXPECT_EQ(grads[0].shape(), (Shape{2, 2}));
  EXPECT_FALSE(fill_value(grads[1]));
  EXPECT_EQ(fill_value(gradient(ridgeback::round(x), {x})[0]), 0.0F);
}

TEST(Gradient, DoesNotPassWhereItIsStopped) {
  const Tensor x = input({3});
  const Tensor y = x * stop_gradient(x);
  const Tensor dx = gradient(y, {x})[0];
  Executable run = compile(test_device(), {y, dx});
  run.set(x, std::vector<float>{1, 2, 3});
  run.run();
  EXPECT_EQ(run.get<float>(y), (std::vector<float>{1, 4, 9}));
  EXPECT_EQ(run.get<float>(dx), (std::vector<float>{1, 2, 3}));
}

TEST(Gradient, RefusesIntegers) {
  const Tensor x = input({3});
  EXPECT_THROW((void)gradient(argmax(x), {x}), InvalidArgument);
  EXPECT_THROW((void)gradient(x, {input({3}, DType::u32)}), InvalidArgument);
}

}  // namespace
}  // namespace ridgeback::test
