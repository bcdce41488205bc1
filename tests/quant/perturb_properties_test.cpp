// SPDX-License-Identifier: Apache-2.0
// What holds of codes and denoised values whatever the kernels, and the options that are numbers.
#include "ridgeback/core/error.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/gradient.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <cmath>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <limits>

#include "harness/device.hpp"
#include "harness/quant_case.hpp"

namespace ridgeback::test {
namespace {

using quant::Backward;
using quant::Codebook;
using quant::Group;
using quant::Perturbation;

TEST(Perturb, HalvesAreRoundedToEven) {
  // 2 bits over [0, 3]: s_f = 1, so the codes are the values rounded.
  const std::vector<double> x{0, 0.5, 1.5, 2.5, 3, 0.5, 1.5, 2.5};
  for (const QuantRun& run : run_quant({{1, 8}, x, x, {.bits = 2}})) {
    EXPECT_EQ(run.codes.values, (std::vector<double>{0, 0, 2, 2, 3, 0, 2, 2}));
  }
}

TEST(Perturb, LambdaIsAbsoluteOrRelativeToTheDensity) {
  const quant::Sparsity tenth = quant::fraction(0.9);
  Perturbation p{.bits = 1, .codebook = Codebook::sign_linear, .sparsity = tenth};
  for (const std::optional<float> lambda :
       std::vector<std::optional<float>>{std::nullopt, 0.0F, 0.01F, 0.5F}) {
    p.lambda = lambda;
    QuantCase c = normal_case({2, 200}, p);
    check_quant(c);
    c.lambda_scale = 3;
    check_quant(c);
  }
  // Signs on a tenth of the values: mean q^2 = 0.1, so s = mean |x| of the kept / (1 + 0.01).
  p.lambda = std::nullopt;
  const QuantCase c = normal_case({1, 200}, p);
  const QuantRun run = run_quant(c).at(0);
  EXPECT_NEAR(run.stats[2] * 1.01, run.stats[4], 1e-6);
}

TEST(Perturb, LambdaRelativeToTheBlocksMeanSquareOfCodes) {
  std::size_t turn = 0;
  for (Perturbation p : few_codebooks()) {
    for (const Group group : {Group::blocks(32), Group::tensor()}) {
      p.group = group;
      p.lambda = quant::Lambda(0.25F, true);
      QuantCase c = normal_case({3, 75}, p);
      c.turn = turn;
      check_quant(c, 2e-5, true);
      // x_hat shrinks by 1 / (1 + lambda), whatever the units of the codes.
      QuantCase unregularized = c;
      unregularized.options.lambda = 0.0F;
      const QuantRun plain = run_quant(unregularized).at(0);
      const QuantRun shrunk = run_quant(c).at(0);
      EXPECT_NEAR(shrunk.stats[2] * 1.25, plain.stats[2], 1e-5 * plain.stats[2]);
      c.lambda_scale = 2;
      check_quant(c, 2e-5);
    }
    ++turn;
  }
}

TEST(Perturb, StochasticRoundingOfEveryCodebookThatRounds) {
  std::vector<Perturbation> list{{.bits = 1},
                                 {.bits = 5},
                                 {.bits = 6, .codebook = Codebook::absmax},
                                 {.bits = quant::ternary_bits, .codebook = Codebook::ternary},
                                 {.bits = 4, .sparsity = quant::n_of_m(2, 4)}};
  const std::vector<Group> groups{Group::blocks(64), Group::channel(), Group::tensor()};
  for (std::size_t j = 0; j < list.size(); ++j) {
    Perturbation p = list[j];
    p.rounding = quant::Rounding::stochastic;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      p.group = groups[i];
      QuantCase c = normal_case({3, p.group == Group::channel() ? 70 : 128}, p);
      c.step = {.step = 7, .seed_low = 11, .seed_high = 3};
      c.inputs.stream = 5;
      check_in_turn(i + j, c, 2e-5, true);
    }
  }
}

// The same seed, step and stream give the same codes; another of them gives others; the mean over
// steps is the value.
TEST(Perturb, StochasticRoundingIsUnbiasedAndRepeats) {
  const Perturbation p{
      .bits = 2, .group = Group::channel(), .rounding = quant::Rounding::stochastic};
  const Tensor x = input({1, 32});
  const quant::Perturbed a = quant::perturb(x, p, {.stream = 1});
  const quant::Perturbed b = quant::perturb(x, p, {.stream = 2});
  Executable e = compile(test_device(), {a.codes, b.codes});
  std::vector<double> values(32), sum(32);
  for (std::size_t i = 0; i < 32; ++i) values[i] = 3.0 * static_cast<double>(i) / 31;
  e.set_bytes(x, encode({x.shape(), values}, DType::f32));
  const auto codes = [&](const Tensor& t, std::uint32_t step) {
    e.run({.step = step, .seed_low = 9});
    return decode(t.spec(), e.get_bytes(t)).values;
  };
  EXPECT_EQ(codes(a.codes, 1), codes(a.codes, 1));
  EXPECT_NE(codes(a.codes, 1), codes(a.codes, 2));
  EXPECT_NE(codes(a.codes, 1), codes(b.codes, 1));
  constexpr std::uint32_t draws = 1000;
  for (std::uint32_t step = 1; step <= draws; ++step) {
    const std::vector<double> drawn = codes(a.codes, step);
    for (std::size_t i = 0; i < 32; ++i) {
      sum[i] += drawn[i] + 2;  // stored code to code
      ASSERT_LE(std::abs(drawn[i] + 2 - values[i]), 1.0);
    }
  }
  // Five standard deviations of the mean of draws that differ by at most 1.
  for (std::size_t i = 0; i < 32; ++i)
    EXPECT_NEAR(sum[i] / draws, values[i], 2.5 / std::sqrt(draws));
  EXPECT_EQ(sum[0], 0);
  EXPECT_EQ(sum[31], 3.0 * draws);
}

TEST(Perturb, ALargeOffsetCostsNoAccuracy) {
  std::size_t turn = 0;
  for (Perturbation p : {Perturbation{.bits = 1}, Perturbation{.bits = 4},
                         Perturbation{.bits = 1, .codebook = Codebook::sign_mean}}) {
    for (const float offset : {1e6F, -1e6F}) {
      for (const Group group : {Group::blocks(32), Group::tensor()}) {
        p.group = group;
        p.lambda = 0.0F;
        QuantCase c{{3, 96}, draw(288, 21, 100, offset), draw(288, 22), p};
        c.turn = turn;
        for (double& v : c.x) v = static_cast<double>(static_cast<float>(v));
        SCOPED_TRACE(fmt::format("{} at {}", quant::text(p), offset));
        reference::QuantInput in = reference_input(c);
        for (const QuantRun& run : run_quant(c)) {
          // To the spacing of f32 there, 1/16, not to 1e-5 of a million.
          reference::Coded coded = reference::code(in);
          coded.codes = run.codes.values;
          const std::vector<double> x_hat = reference::dequantized(in, coded);
          for (std::size_t i = 0; i < x_hat.size(); ++i)
            ASSERT_NEAR(run.x_hat.values[i], x_hat[i], 0.3);
          EXPECT_TRUE(near_largest(run.dx.values, reference::gradient(in, coded, c.dy), 2e-3));
        }
      }
    }
    ++turn;
  }
}

TEST(Perturb, LambdaZeroOfAConstantBlockGivesItsMean) {
  std::size_t turn = 0;
  for (Perturbation p : few_codebooks()) {
    p.lambda = 0.0F;
    p.group = Group::blocks(32);
    for (const double value : {0.0, 2.5, -1e-3, 1000.0}) {
      QuantCase c{{2, 50}, std::vector<double>(100, value), draw(100, 3), p};
      c.x[90] = quant::is_affine(p.codebook) ? value : c.x[90];
      c.turn = turn;
      check_quant(c);
      c.options.backward = Backward::live;
      check_quant(c);
    }
    ++turn;
  }
}

TEST(Perturb, ExtremeMagnitudesStayFinite) {
  for (const float scale : {1e-30F, 1e-18F, 1e15F}) {
    for (Perturbation p : few_codebooks()) {
      p.group = Group::blocks(64);
      const QuantCase c{{2, 64}, draw(128, 5, scale), draw(128, 6), p};
      for (const QuantRun& run : run_quant(c)) {
        for (const double v : run.x_hat.values) ASSERT_TRUE(std::isfinite(v));
        for (const double v : run.dx.values) ASSERT_TRUE(std::isfinite(v));
      }
    }
  }
}

TEST(Perturb, ANaNIsNotHidden) {
  for (Perturbation p : few_codebooks()) {
    QuantCase c = normal_case({2, 64}, p);
    c.x[70] = std::numeric_limits<double>::quiet_NaN();
    for (const QuantRun& run : run_quant(c)) {
      EXPECT_TRUE(std::isnan(run.x_hat[64])) << quant::name(p.codebook);
      EXPECT_TRUE(std::isfinite(run.x_hat[0]));
    }
  }
}

// MSE <= Var(x), Var(x_hat) <= Var(x) and sum dx = sum dy, whatever the code.
TEST(Perturb, AffineFormsNeverInflateABlock) {
  for (const float shift : {0.0F, 300.0F}) {
    for (int bits = 1; bits <= 8; ++bits) {
      for (const Codebook codebook : {Codebook::minmax, Codebook::sign_mean}) {
        if (codebook == Codebook::sign_mean && bits > 1) continue;
        const Perturbation p{.bits = bits, .codebook = codebook, .group = Group::channel()};
        QuantCase c{{4, 100}, draw(400, 11, 1, shift), draw(400, 12), p};
        c.turn = static_cast<std::size_t>(bits);
        for (const QuantRun& run : run_quant(c)) {
          for (std::int64_t row = 0; row < 4; ++row) {
            double x_mean = 0, h_mean = 0, var_x = 0, var_h = 0, mse = 0, sum_dx = 0, sum_dy = 0;
            for (std::int64_t i = row * 100; i < row * 100 + 100; ++i) {
              x_mean += c.x[static_cast<std::size_t>(i)] / 100;
              h_mean += run.x_hat[i] / 100;
              sum_dx += run.dx[i];
              sum_dy += c.dy[static_cast<std::size_t>(i)];
            }
            for (std::int64_t i = row * 100; i < row * 100 + 100; ++i) {
              const double x = c.x[static_cast<std::size_t>(i)];
              var_x += (x - x_mean) * (x - x_mean) / 100;
              var_h += (run.x_hat[i] - h_mean) * (run.x_hat[i] - h_mean) / 100;
              mse += (run.x_hat[i] - x) * (run.x_hat[i] - x) / 100;
            }
            EXPECT_LE(mse, var_x);
            EXPECT_LE(var_h, var_x);
            EXPECT_NEAR(sum_dx, sum_dy, 1e-4 * (1 + std::abs(sum_dy)));
          }
        }
      }
    }
  }
}

// An affine form goes to the mean of the block and of its gradient, a linear one to 0.
TEST(Perturb, LargeLambdaLeavesTheMeans) {
  std::size_t turn = 0;
  for (Perturbation p : {Perturbation{.bits = 2, .codebook = Codebook::minmax},
                         Perturbation{.bits = 1, .codebook = Codebook::sign_mean},
                         Perturbation{.bits = 3, .codebook = Codebook::absmax}}) {
    p.lambda = 1e20F;
    p.group = Group::blocks(32);
    SCOPED_TRACE(quant::text(p));
    QuantCase c{{3, 64}, draw(192, 1, 1, 5), draw(192, 2, 1, -3), p};
    c.turn = turn++;
    for (const QuantRun& run : run_quant(c)) {
      for (std::int64_t block = 0; block < 6; ++block) {
        double mean = 0, gradient = 0;
        for (std::int64_t i = 32 * block; i < 32 * block + 32; ++i) {
          mean += c.x[static_cast<std::size_t>(i)] / 32;
          gradient += c.dy[static_cast<std::size_t>(i)] / 32;
        }
        if (!quant::is_affine(p.codebook)) mean = gradient = 0;
        for (std::int64_t i = 32 * block; i < 32 * block + 32; ++i) {
          ASSERT_NEAR(run.x_hat[i], mean, 1e-5) << i;
          ASSERT_NEAR(run.dx[i], gradient, 1e-5) << i;
        }
      }
    }
  }
}

TEST(Perturb, StraightThroughAndControl) {
  std::size_t turn = 0;
  for (Perturbation p : few_codebooks()) {
    p.group = Group::blocks(64);
    p.backward = Backward::straight;
    check_in_turn(turn, normal_case({3, 100}, p), 1e-5);
    p.backward = Backward::full;
    p.estimator = quant::Estimator::straight_through;
    check_in_turn(turn, normal_case({3, 100}, p), 1e-5);
    p.clipped = true;
    check_in_turn(turn++, normal_case({3, 100}, p), 1e-5);
  }
}

TEST(Perturb, TheCorrectiveGradientHasNoSecondDerivative) {
  const Tensor x = input({2, 64});
  const Tensor y = quant::denoise(x, {.bits = 1});
  const Tensor dx = gradient(square(y), {x})[0];
  EXPECT_THROW((void)gradient(square(dx), {x}), Unsupported);
  // The straight one has: d/dx of sum((2 y)^2) is 8 y.
  const Tensor z = quant::denoise(x, {.bits = 1, .backward = Backward::straight});
  const Tensor dz = gradient(square(z), {x})[0];
  EXPECT_NO_THROW((void)gradient(square(dz), {x}));
}

TEST(Perturb, AnIdentityLeavesTheValueAlone) {
  const Tensor x = input({2, 64});
  EXPECT_TRUE(quant::denoise(x, {}).is(x));
  EXPECT_THROW((void)quant::perturb(x, {}), InvalidArgument);
}

TEST(Perturb, RefusesWhatHasNoRows) {
  EXPECT_THROW((void)quant::perturb(input({}), {.bits = 1}), InvalidArgument);
  EXPECT_THROW((void)quant::perturb(input({2, 64}, DType::i32), {.bits = 1}), InvalidArgument);
  const quant::Perturbed p = quant::perturb(input({2, 100}), {.bits = 1});
  EXPECT_THROW((void)quant::dequantize(p.codes, p.factors, Group::channel()), InvalidArgument);
}

}  // namespace
}  // namespace ridgeback::test
