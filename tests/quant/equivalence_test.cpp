// SPDX-License-Identifier: Apache-2.0
// Custom gradient estimators and the straight-through runs that they equal. What is compared is
// weights, not accuracy: all arms reach the same of that.
#include "ridgeback/quant/equivalence.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/core/random.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/ops.hpp"
#include "ridgeback/optim/optimizer.hpp"
#include "ridgeback/quant/quant.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <memory>

#include "harness/device.hpp"

namespace ridgeback::test {
namespace {

using quant::Estimator;
using quant::Perturbation;

constexpr float step = 0.12F;

// Codes of 6 bits span 31 steps either way: nothing clips.
Perturbation weights_of(Estimator estimator) {
  return {.bits = 6,
          .codebook = quant::Codebook::absmax,
          .group = quant::Group::channel(),
          .estimator = estimator,
          .range = quant::ValueRange::fixed(31 * step)};
}

float code(float weight) {
  return std::nearbyint(weight / (31 * step / 31));
}

TEST(Equivalence, RateScalesInClosedForm) {
  for (const double a : {0.0, 0.5, 0.8, 0.95}) {
    EXPECT_NEAR(quant::equivalent_rate_scale(Estimator::cge_cosine, a), std::sqrt(1 - a * a), 1e-9);
    if (a == 0) continue;
    EXPECT_NEAR(quant::equivalent_rate_scale(Estimator::cge_piecewise, a),
                2 * a / std::log((1 + a) / (1 - a)), 1e-9);
  }
  // The integral has no simple form; this value was found independently.
  EXPECT_NEAR(quant::equivalent_rate_scale(Estimator::cge_tanh, 6), 0.2943947, 1e-6);
  EXPECT_THROW((void)quant::equivalent_rate_scale(Estimator::denoise, 1), InvalidArgument);
}

// 1 / (1 + a cos) integrates to an arc tangent.
TEST(Equivalence, PlacesInClosedForm) {
  const double a = 0.8, k = std::sqrt((1 - a) / (1 + a)), pi = std::acos(-1.0);
  for (int i = -49; i < 50; ++i) {
    const double u = i / 100.0;
    EXPECT_NEAR(quant::equivalent_place(Estimator::cge_cosine, a, u),
                0.5 + std::atan(k * std::tan(pi * u)) / pi, 1e-9);
  }
  for (const Estimator e : {Estimator::cge_cosine, Estimator::cge_tanh, Estimator::cge_piecewise}) {
    const double shape = e == Estimator::cge_tanh ? 6 : 0.8;
    EXPECT_NEAR(quant::equivalent_place(e, shape, -0.5), 0, 1e-12);
    EXPECT_NEAR(quant::equivalent_place(e, shape, 0), 0.5, 1e-9);
    EXPECT_NEAR(quant::equivalent_place(e, shape, 0.5), 1, 1e-12);
  }
}

TEST(Equivalence, MapsEveryCellOntoItself) {
  Random random(1);
  std::vector<float> weights(1'000'000);
  for (float& w : weights) w = random.uniform(-3.5F, 3.5F);
  for (int i = -20; i < 20; ++i)  // and weights on the borders
    weights[static_cast<std::size_t>(i + 20)] = step * (static_cast<float>(i) + 0.5F);
  const auto run =
      quant::equivalent_straight_through(weights_of(Estimator::cge_tanh), 0.1, weights);
  EXPECT_NEAR(run.learning_rate, 0.02943947, 1e-7);
  std::size_t moved = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    ASSERT_EQ(code(run.weights[i]), code(weights[i])) << weights[i];
    moved += std::abs(run.weights[i] - weights[i]) > 0.01F * step ? 1U : 0U;
  }
  EXPECT_GT(moved, weights.size() / 2);
}

TEST(Equivalence, AConstantFactorOnlyScalesTheRate) {
  Perturbation p = weights_of(Estimator::cge_cosine);
  p.shape = 0.0F;
  const std::vector<float> weights{0.0F, 0.01F, -0.7F, 1.23F};
  const auto run = quant::equivalent_straight_through(p, 0.25, weights);
  EXPECT_NEAR(run.learning_rate, 0.25, 1e-9);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(run.weights[i], weights[i], 1e-6);
}

TEST(Equivalence, NeedsACustomGradientAndAFixedStep) {
  const std::vector<float> weights{0.5F};
  const auto refuses = [&](const Perturbation& p) {
    EXPECT_THROW((void)quant::equivalent_straight_through(p, 0.1, weights), InvalidArgument);
  };
  refuses(weights_of(Estimator::straight_through));
  Perturbation moving = weights_of(Estimator::cge_cosine);
  moving.range = {};
  refuses(moving);
  const std::vector<float> bad{std::nanf("")};
  EXPECT_THROW(
      (void)quant::equivalent_straight_through(weights_of(Estimator::cge_cosine), 0.1, bad),
      InvalidArgument);
  Perturbation affine = weights_of(Estimator::cge_piecewise);
  affine.codebook = quant::Codebook::minmax;
  EXPECT_NEAR(quant::cells_of(affine).step, 2 * 31 * 0.12 / 63, 1e-7);
  EXPECT_NEAR(quant::cells_of(affine).offset, -31 * 0.12, 1e-6);
}

// A network 24-16-8 that learns another of its kind, trained from weights of its own.
constexpr std::int64_t inputs = 24, hidden = 16, outputs = 8, samples = 64, batch = 16;
using Weights = std::array<std::vector<float>, 2>;

std::vector<float> draw(Random& random, std::int64_t count, float scale, bool normal) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& v : values) v = scale * (normal ? random.normal() : random.uniform(-1, 1));
  return values;
}

struct Problem {
  std::vector<float> x, y;
  Weights first;
};

Problem problem(std::uint64_t seed) {
  Random random(seed);
  Problem p;
  p.x = draw(random, samples * inputs, 1, true);
  const auto root = [](std::int64_t n) { return std::sqrt(static_cast<float>(n)); };
  const Weights teacher{draw(random, hidden * inputs, 1.5F / root(inputs), true),
                        draw(random, outputs * hidden, 1.5F / root(hidden), true)};
  for (std::int64_t s = 0; s < samples; ++s) {
    std::vector<float> h(hidden);
    for (std::int64_t j = 0; j < hidden; ++j) {
      float sum = 0;
      for (std::int64_t i = 0; i < inputs; ++i)
        sum += p.x[static_cast<std::size_t>(s * inputs + i)] *
               teacher[0][static_cast<std::size_t>(j * inputs + i)];
      h[static_cast<std::size_t>(j)] = std::max(sum, 0.0F);
    }
    for (std::int64_t k = 0; k < outputs; ++k) {
      float sum = 0;
      for (std::int64_t j = 0; j < hidden; ++j)
        sum +=
            h[static_cast<std::size_t>(j)] * teacher[1][static_cast<std::size_t>(k * hidden + j)];
      p.y.push_back(sum);
    }
  }
  p.first = {draw(random, hidden * inputs, 1.2F / root(inputs), false),
             draw(random, outputs * hidden, 1.2F / root(hidden), false)};
  return p;
}

// One of the runs that are trained side by side.
struct Arm {
  Estimator estimator = Estimator::straight_through;
  bool mapped = false;       // begins at M of the first weights
  bool scaled = false;       // the rate is alpha times that of the custom arm
  bool other_order = false;  // of batches
  std::array<Tensor, 2> weights{};
};

Weights mapped(const Weights& w) {
  const Perturbation p = weights_of(Estimator::cge_cosine);
  return {quant::equivalent_straight_through(p, 1, w[0]).weights,
          quant::equivalent_straight_through(p, 1, w[1]).weights};
}

// What became of the arms after `steps` steps; the first one is the custom one.
std::vector<Weights> train(const Problem& p, std::vector<Arm>& arms, std::uint32_t steps,
                           float rate, bool adam) {
  std::array<Tensor, 2> x{input({batch, inputs}), input({batch, inputs})};
  std::array<Tensor, 2> y{input({batch, outputs}), input({batch, outputs})};
  const auto alpha = static_cast<float>(quant::equivalent_rate_scale(Estimator::cge_cosine, 0.8));
  std::vector<Assignment> updates;
  std::vector<std::shared_ptr<optim::Optimizer>> optimizers;
  const Device& device = test_device();
  for (Arm& arm : arms) {
    arm.weights = {parameter({hidden, inputs}, {}, "w1"), parameter({outputs, hidden}, {}, "w2")};
    const Perturbation options = weights_of(arm.estimator);
    const std::size_t order = arm.other_order ? 1 : 0;
    const Tensor h = relu(matmul(x[order], transpose(quant::denoise(arm.weights[0], options))));
    const Tensor out = matmul(h, transpose(quant::denoise(arm.weights[1], options)));
    const Tensor loss = sum(square(out - y[order])) * (0.5F / batch);
    std::vector<Tensor> grads = gradient(loss, {arm.weights[0], arm.weights[1]});
    if (arm.scaled) {
      for (Tensor& g : grads) g = g * alpha;
    }
    const std::vector<optim::Parameter> parameters{{"w1", arm.weights[0]}, {"w2", arm.weights[1]}};
    optimizers.push_back(adam ? optim::adam({.beta2 = 0.9}) : optim::sgd());
    for (const Assignment& update : optimizers.back()->step(parameters, grads))
      updates.push_back(update);
    const Weights first = arm.mapped ? mapped(p.first) : p.first;
    for (std::size_t i = 0; i < 2; ++i) device.write<float>(arm.weights[i], first[i]);
  }
  Executable executable = compile(device, {}, updates);
  Random random(5);
  for (std::uint32_t t = 1; t <= steps; ++t) {
    for (std::size_t order = 0; order < 2; ++order) {
      std::vector<float> xs, ys;
      for (std::int64_t b = 0; b < batch; ++b) {
        const auto s = static_cast<std::ptrdiff_t>(random.below(samples));
        xs.insert(xs.end(), p.x.begin() + s * inputs, p.x.begin() + (s + 1) * inputs);
        ys.insert(ys.end(), p.y.begin() + s * outputs, p.y.begin() + (s + 1) * outputs);
      }
      executable.set(x[order], xs);
      executable.set(y[order], ys);
    }
    executable.run({.step = t, .learning_rate = rate});
  }
  std::vector<Weights> result;
  for (const Arm& arm : arms)
    result.push_back({device.read<float>(arm.weights[0]), device.read<float>(arm.weights[1])});
  return result;
}

// How two runs compare: the share of equal quantized weights, the mean distance in steps.
struct Match {
  double agreement = 0;
  double error = 0;
};

Match match(const Weights& a, const Weights& b) {
  Match m;
  double count = 0;
  for (std::size_t layer = 0; layer < 2; ++layer) {
    for (std::size_t i = 0; i < a[layer].size(); ++i) {
      m.agreement += code(a[layer][i]) == code(b[layer][i]) ? 1 : 0;
      m.error +=
          std::abs(static_cast<double>(a[layer][i] - b[layer][i])) / static_cast<double>(step);
      count += 1;
    }
  }
  return {m.agreement / count, m.error / count};
}

// The criteria of the theorem for SGD, rate times steps being fixed: half of the weights moved to
// other cells, nine in ten are where they should be at the smallest rate.
TEST(Equivalence, SgdWithACustomGradientIsAStraightThroughRun) {
  const Problem p = problem(1);
  Match matched, scaled, naive, other;
  double changed = 0;
  double previous = 1e9;
  for (const float rate : {0.1F, 0.03F, 0.01F}) {
    std::vector<Arm> arms{{.estimator = Estimator::cge_cosine},
                          {.mapped = true, .scaled = true},
                          {.scaled = true},
                          {},
                          {.mapped = true, .scaled = true, .other_order = true}};
    const auto steps = static_cast<std::uint32_t>(std::lround(3 / rate));
    const std::vector<Weights> w = train(p, arms, steps, rate, false);
    const Weights expected = mapped(w[0]);
    matched = match(expected, w[1]);
    scaled = match(expected, w[2]);
    naive = match(expected, w[3]);
    other = match(expected, w[4]);
    changed = 1 - match(w[0], p.first).agreement;
    EXPECT_LT(matched.error, previous) << "rate " << rate;
    previous = matched.error;
  }
  SCOPED_TRACE(fmt::format("agreement {}, with alpha alone {}, without {}, other batches {}",
                           matched.agreement, scaled.agreement, naive.agreement, other.agreement));
  EXPECT_GE(changed, 0.5) << "else agreement is cheap";
  EXPECT_GE(matched.agreement, 0.9);
  EXPECT_LE(matched.error, naive.error / 4);
  // Both parts are needed, and the same batches.
  EXPECT_LT(scaled.agreement, matched.agreement);
  EXPECT_LT(naive.agreement, scaled.agreement);
  EXPECT_LT(other.agreement, matched.agreement);
  EXPECT_GT(other.error, 2 * matched.error);
}

TEST(Equivalence, AdamNeedsNoChange) {
  const Problem p = problem(2);
  constexpr float rate = 2e-4F;  // rate / (1 - beta2) is 0.017 steps
  std::vector<Arm> arms{
      {.estimator = Estimator::cge_cosine}, {}, {.mapped = true}, {.other_order = true}};
  const std::vector<Weights> w = train(p, arms, 500, rate, true);
  const Match plain = match(w[0], w[1]), moved = match(w[0], w[2]), other = match(w[0], w[3]);
  EXPECT_GT(1 - match(w[0], p.first).agreement, 0.2);
  EXPECT_GE(plain.agreement, 0.95);
  EXPECT_GT(plain.agreement, other.agreement);
  EXPECT_LT(moved.agreement, plain.agreement);
  EXPECT_LT(plain.error, other.error / 2);
}

}  // namespace
}  // namespace ridgeback::test
