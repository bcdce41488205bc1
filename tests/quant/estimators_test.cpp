// SPDX-License-Identifier: Apache-2.0
// Estimators other than the denoising one.
#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/ops.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>
#include <gtest/gtest.h>

#include "harness/device.hpp"
#include "harness/quant_case.hpp"

namespace ridgeback::test {
namespace {

using quant::Codebook;
using quant::Estimator;
using quant::Group;
using quant::Perturbation;
using quant::ValueRange;

QuantCase drawn_case(const Shape& shape, const Perturbation& options) {
  return {shape, draw(shape.count(), 31), draw(shape.count(), 32), options};
}

TEST(Estimators, CustomGradientsArePeriodicInTheStep) {
  std::size_t turn = 0;
  for (const Estimator estimator :
       {Estimator::cge_cosine, Estimator::cge_tanh, Estimator::cge_piecewise}) {
    Perturbation p{.bits = 3,
                   .codebook = Codebook::absmax,
                   .group = Group::blocks(32),
                   .estimator = estimator};
    check_in_turn(turn++, drawn_case({3, 70}, p));
    p.range = ValueRange::fixed(1.5F);  // and beyond the range
    check_quant(drawn_case({3, 128}, p));
    p = {.bits = 2, .group = Group::tensor(), .estimator = estimator};
    check_in_turn(turn, drawn_case({3, 70}, p));
  }
  Perturbation steep{.bits = 4, .estimator = Estimator::cge_tanh, .shape = 20.0F};
  check_quant(drawn_case({2, 64}, steep));
}

TEST(Estimators, PokeBnnIsASignWithABound) {
  Perturbation p{.bits = 1, .estimator = Estimator::pokebnn, .range = ValueRange::fixed(1.5F)};
  check_quant(drawn_case({3, 70}, p));
  const std::vector<double> x{-2, -1.5, -0.1, 0, 0.1, 1.5, 1.75, 3}, ones(8, 1);
  for (const QuantRun& run : run_quant({{1, 8}, x, ones, p})) {
    EXPECT_EQ(run.x_hat.values,
              (std::vector<double>{-0.75, -0.75, -0.75, 0.75, 0.75, 0.75, 0.75, 0.75}));
    EXPECT_EQ(run.dx.values, (std::vector<double>{0, 1, 1, 1, 1, 1, 0, 0}));
  }
  // The bound of weights is the largest of a channel: nothing lies outside.
  p.range = {};
  check_quant(drawn_case({3, 70}, p));
  for (const QuantRun& run : run_quant({{1, 8}, x, ones, p})) {
    EXPECT_EQ(run.x_hat.values[0], -1.5);
    EXPECT_EQ(run.dx.values, ones);
  }
}

struct LsqCase {
  Perturbation options;
  Shape shape{3, 40};
  bool shared = false;  // one step for all rows
};

// x_hat and both gradients, with the noise of the codes held constant:
//   x_hat = s (clip(x / s) + delta), so d x_hat / ds = code - x / s inside, the code outside
void check_lsq(const LsqCase& c) {
  const Perturbation options = c.options.resolved();
  SCOPED_TRACE(quant::text(options));
  const auto [rows, cols] = as_matrix(c.shape);
  const bool whole = options.group == Group::tensor();
  const std::int64_t steps = whole || c.shared ? 1 : rows;
  std::vector<double> s;
  for (std::int64_t i = 0; i < steps; ++i) s.push_back(0.25 + 0.125 * static_cast<double>(i));
  const std::vector<double> values = draw(c.shape.count(), 41), dy = draw(c.shape.count(), 42);

  const Tensor x = input(c.shape), g = input(c.shape), step = input({steps, 1, 1});
  const quant::Perturbed p =
      quant::perturb(x, options, {.range = quant::learned_range(step, options)});
  const Tensor x_hat = quant::dequantize(p.codes, p.factors, options.group);
  const std::vector<Tensor> grads = gradient(x_hat * g, {x, step});
  std::vector<Tensor> outputs{x_hat, grads[0], grads[1]};
  if (p.mask) outputs.push_back(quant::unpack_codes(p.mask));
  Executable e = compile(test_device(), outputs);
  e.set_bytes(x, encode({c.shape, values}, DType::f32));
  e.set_bytes(g, encode({c.shape, dy}, DType::f32));
  e.set_bytes(step, encode({step.shape(), s}, DType::f32));
  e.run();
  const auto read = [&](std::size_t i) {
    return decode(outputs[i].spec(), e.get_bytes(outputs[i])).values;
  };
  const std::vector<double> got = read(0), dx = read(1), ds = read(2);
  const std::vector<double> kept = p.mask ? read(3) : std::vector<double>(values.size(), 1.0);

  const double top = quant::largest_code(options);
  const double low = options.codebook == Codebook::minmax ? 0 : -top;
  const double n = static_cast<double>(whole ? rows * cols : cols);
  std::vector<double> want_ds(static_cast<std::size_t>(steps));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t at = steps == 1 ? 0 : i / static_cast<std::size_t>(cols);
    const double f = values[i] / s[at];
    double code = std::clamp(std::nearbyint(f), low, top);
    if (options.codebook == Codebook::sign_linear) code = f >= 0 ? 1 : -1;
    if (kept[i] == 0) code = 0;
    const bool inside = f >= low && f <= top;
    ASSERT_NEAR(got[i], s[at] * code, 1e-6) << i;
    ASSERT_NEAR(dx[i], inside ? dy[i] : 0, 1e-6) << i;
    if (kept[i] != 0) want_ds[at] += dy[i] * (code - (inside ? f : 0)) / std::sqrt(n * top);
  }
  for (std::size_t i = 0; i < want_ds.size(); ++i) EXPECT_NEAR(ds[i], want_ds[i], 1e-4);
}

TEST(Estimators, LearnedStepsHaveTheGradientOfLsq) {
  const Estimator lsq = Estimator::lsq;
  for (const Group group : {Group::channel(), Group::tensor()}) {
    check_lsq({{.bits = 2, .group = group, .estimator = lsq}});
    check_lsq({{.bits = 4, .codebook = Codebook::minmax, .group = group, .estimator = lsq}});
  }
  check_lsq({{.bits = 1, .estimator = lsq}});
  check_lsq({{.bits = quant::ternary_bits, .estimator = lsq}});
  check_lsq({{.bits = 3, .estimator = lsq}, {2, 3, 21}, true});
  check_lsq({{.bits = 4, .sparsity = quant::n_of_m(2, 4), .estimator = lsq}});
}

TEST(Estimators, FirstStepsAreThoseOfLsq) {
  const Perturbation p{.bits = 3, .estimator = Estimator::lsq};
  const Tensor x = input({2, 4});
  const Tensor rows = quant::first_step(x, p, false), all = quant::first_step(x, p, true);
  Executable e = compile(test_device(), {rows, all});
  e.set(x, std::vector<float>{1, -1, 1, -1, 3, 3, -3, 3});
  e.run();
  const float root = std::sqrt(3.0F);
  EXPECT_NEAR(e.get<float>(rows)[0], 2 / root, 1e-6);
  EXPECT_NEAR(e.get<float>(rows)[1], 6 / root, 1e-6);
  EXPECT_NEAR(e.get<float>(all)[0], 4 / root, 1e-6);
}

}  // namespace
}  // namespace ridgeback::test
