// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/error.hpp"
#include "ridgeback/core/random.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/gradient.hpp"
#include "ridgeback/quant/simulated.hpp"
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

QuantCase normal_case(const Shape& shape, const Perturbation& options, std::uint64_t seed = 1) {
  return {shape, draw(shape.count(), seed), draw(shape.count(), seed + 1000), options};
}

// Every codebook with every number of bits that it has.
std::vector<Perturbation> all_codebooks() {
  std::vector<Perturbation> list;
  for (int bits = 1; bits <= 8; ++bits) {
    list.push_back({.bits = bits, .codebook = Codebook::minmax});
    if (bits >= 2) list.push_back({.bits = bits, .codebook = Codebook::absmax});
  }
  list.push_back({.bits = 1, .codebook = Codebook::sign_mean});
  list.push_back({.bits = 1, .codebook = Codebook::sign_linear});
  list.push_back({.bits = quant::ternary_bits, .codebook = Codebook::ternary});
  for (const int bits : {2, 5}) list.push_back({.bits = bits, .codebook = Codebook::meanabs});
  for (const int bits : {2, 3, 4, 5, 8})
    list.push_back({.bits = bits, .codebook = Codebook::power_of_two});
  return list;
}

// One of each codebook, for sweeps over something else.
std::vector<Perturbation> few_codebooks() {
  return {{.bits = 1, .codebook = Codebook::minmax},
          {.bits = 4, .codebook = Codebook::minmax},
          {.bits = 1, .codebook = Codebook::sign_mean},
          {.bits = 1, .codebook = Codebook::sign_linear},
          {.bits = 3, .codebook = Codebook::absmax},
          {.bits = quant::ternary_bits, .codebook = Codebook::ternary}};
}

// As above for the codebooks that came later.
std::vector<Perturbation> more_codebooks() {
  return {{.bits = 3, .codebook = Codebook::meanabs},
          {.bits = 4, .codebook = Codebook::power_of_two},
          {.bits = 5, .codebook = Codebook::power_of_two}};
}

std::vector<Perturbation> sparse_codebooks() {
  return {{.bits = 4, .codebook = Codebook::minmax},
          {.bits = 1, .codebook = Codebook::sign_linear},
          {.bits = 4, .codebook = Codebook::absmax},
          {.bits = quant::ternary_bits, .codebook = Codebook::ternary},
          {.bits = quant::unquantized_bits, .codebook = Codebook::none}};
}

TEST(Perturb, EveryCodebookInBlocksWithATail) {
  for (Perturbation p : all_codebooks()) {
    p.group = Group::blocks(64);
    check_quant(normal_case({3, 150}, p), 1e-5, true);
  }
  // Rows of a multiple of four values are read in another way, whatever the codebook.
  for (Perturbation p : few_codebooks()) {
    p.group = Group::blocks(64);
    check_quant(normal_case({2, 96}, p), 1e-5);
  }
}

// Such blocks may be held in registers.
TEST(Perturb, WholeBlocksOf64) {
  std::vector<Perturbation> dense = few_codebooks();
  dense.push_back({.bits = 8, .codebook = Codebook::minmax});
  for (Perturbation p : dense) {
    p.group = Group::blocks(64);
    check_quant(normal_case({3, 128}, p), 1e-5);
  }
  for (Perturbation p : sparse_codebooks()) {
    p.sparsity = quant::n_of_m(2, 4);
    p.group = Group::blocks(64);
    check_quant(normal_case({11, 64}, p), 2e-5);
  }
}

TEST(Perturb, EveryGroup) {
  for (const Group group : {Group::blocks(32), Group::channel(), Group::tensor()}) {
    for (Perturbation p : few_codebooks()) {
      p.group = group;
      check_quant(normal_case({5, 100}, p), 1e-5, true);
    }
  }
}

TEST(Perturb, OddShapes) {
  const std::vector<Shape> shapes{{5, 1}, {1, 3}, {2, 31}, {3, 33}, {1, 65}, {2, 3, 70}, {7}};
  for (const Shape& shape : shapes) {
    for (Perturbation p : few_codebooks()) {
      for (const Group group : {Group::blocks(32), Group::channel(), Group::tensor()}) {
        // The stages of a tensor's group share all reading with the others.
        if (group.kind == Group::Kind::tensor && p.bits == 1) continue;
        p.group = group;
        check_quant(normal_case(shape, p), 2e-5);
      }
    }
  }
}

TEST(Perturb, LongRowsAndManyRows) {
  for (Perturbation p : few_codebooks()) {
    p.group = Group::channel();
    check_quant(normal_case({2, 4097}, p), 2e-5);
    p.group = Group::tensor();
    check_quant(normal_case({300, 40}, p), 2e-5);
    p.group = Group::blocks(128);
    check_quant(normal_case({257, 256}, p), 2e-5);
    // Whole runs of eight quads, and a rest.
    for (const Group group : {Group::channel(), Group::tensor(), Group::blocks(160)}) {
      p.group = group;
      check_quant(normal_case({2, 300}, p), 2e-5);
    }
  }
}

// Blocks that begin anywhere in a word have f32 codes.
TEST(Perturb, BlocksOfAnyLength) {
  for (const int length : {1, 7, 20, 33, 100}) {
    for (Perturbation p :
         {Perturbation{.bits = 1}, Perturbation{.bits = 3, .codebook = Codebook::absmax},
          Perturbation{.bits = 1, .codebook = Codebook::sign_mean}}) {
      p.group = Group::blocks(length);
      check_quant(normal_case({2, length == 20 ? 64 : 70}, p), 2e-5, length > 1);
    }
  }
  Perturbation p{.bits = 4,
                 .codebook = Codebook::absmax,
                 .group = Group::blocks(20),
                 .sparsity = quant::n_of_m(2, 4),
                 .backward = Backward::live};
  check_quant(normal_case({3, 70}, p), 2e-5, true);
  check_quant(normal_case({3, 64}, p), 2e-5, true);
  p = {.bits = 3, .group = Group::blocks(7), .rounding = quant::Rounding::stochastic};
  QuantCase c = normal_case({3, 70}, p);
  c.step = {.step = 2, .seed_low = 8};
  check_quant(c, 2e-5, true);
  EXPECT_EQ(quant::code_type(p.resolved()), DType::f32);
  EXPECT_TRUE(quant::is_simulated(p.resolved()));
}

TEST(Perturb, EmptyTensors) {
  for (const Shape& shape : std::vector<Shape>{{0, 64}, {3, 0}, {0}}) {
    for (const Group group : {Group::blocks(64), Group::channel(), Group::tensor()}) {
      check_quant({shape, {}, {}, {.bits = 2, .group = group}});
      check_quant({shape, {}, {}, {.bits = 2, .group = group, .sparsity = quant::fraction(0.5)}});
    }
  }
}

TEST(Perturb, LiveScale) {
  for (const Group group : {Group::blocks(32), Group::channel(), Group::tensor()}) {
    for (Perturbation p : few_codebooks()) {
      p.group = group;
      p.backward = Backward::live;
      check_quant(normal_case({3, 75}, p), 2e-5, true);
    }
  }
}

TEST(Perturb, SparsityOfEveryKind) {
  const std::vector<quant::Sparsity> kinds{
      quant::n_of_m(2, 4),
      quant::n_of_m(1, 16),
      quant::n_of_m(5, 7),
      quant::fraction(0.5),
      quant::pruned_blocks(0.7, 2, 8),
      quant::pruned_blocks(0.7, 3, 5, quant::Sparsity::Scope::tensor),
      quant::fraction(0.9, quant::Sparsity::Scope::tensor),
      quant::fraction(0.75, quant::Sparsity::Scope::block)};
  for (const quant::Sparsity& sparsity : kinds) {
    for (Perturbation p : sparse_codebooks()) {
      p.sparsity = sparsity;
      for (const Group group : {Group::blocks(64), Group::channel(), Group::tensor()}) {
        p.group = group;
        check_quant(normal_case({4, 150}, p), 2e-5, true);
      }
    }
  }
}

// Blocks of which nothing is kept have the mean as their value and pass its gradient alone.
TEST(Perturb, BlocksWithoutAKeptValueAreTheirMean) {
  for (const int bits : {1, 4, 8}) {
    Perturbation p{.bits = bits, .codebook = quant::Codebook::minmax, .group = Group::blocks(32)};
    p.sparsity = quant::pruned_blocks(0.75, 1, 32);
    const QuantCase c = normal_case({3, 128}, p);
    check_quant(c, 2e-5, true);
    const reference::Coded coded = reference::code(reference_input(c));
    for (const QuantRun& run : run_quant(c)) {
      for (std::size_t block = 0; block < 12; ++block) {
        const std::size_t first = 32 * block;
        if (coded.kept[first]) continue;
        double mean = 0, gradient = 0;
        for (std::size_t i = first; i < first + 32; ++i) {
          mean += c.x[i] / 32;
          gradient += c.dy[i] / 32;
        }
        for (std::size_t i = first; i < first + 32; ++i) {
          ASSERT_NEAR(run.x_hat.values[i], mean, 1e-6) << i;
          ASSERT_NEAR(run.dx.values[i], gradient, 1e-6) << i;
        }
      }
    }
  }
}

TEST(Perturb, SparseLiveScale) {
  for (Perturbation p : sparse_codebooks()) {
    p.sparsity = quant::n_of_m(2, 4);
    p.backward = Backward::live;
    for (const Group group : {Group::blocks(64), Group::tensor()}) {
      p.group = group;
      // Pruned zeros tie for the lowest value of a block without kept negative values.
      check_quant(normal_case({3, 130}, p), 2e-5, p.codebook != Codebook::minmax);
    }
  }
}

// Small integers: many equal values, many exactly on a border between two codes.
TEST(Perturb, TiesShareTheLiveScaleEvenly) {
  Random random(7);
  std::vector<double> x(3 * 64);
  for (double& v : x) v = static_cast<double>(random.below(9)) - 4;
  for (Perturbation p : few_codebooks()) {
    p.group = Group::blocks(64);
    p.backward = Backward::live;
    check_quant({{3, 64}, x, draw(3 * 64, 8), p}, 2e-5);
    p.group = Group::tensor();
    check_quant({{3, 64}, x, draw(3 * 64, 8), p}, 2e-5);
  }
}

TEST(Perturb, MeanMagnitudesAndPowersOfTwo) {
  for (Perturbation p : more_codebooks()) {
    for (const Group group : {Group::blocks(64), Group::channel(), Group::tensor()}) {
      p.group = group;
      check_quant(normal_case({3, 90}, p), 2e-5, true);
    }
    p.group = Group::blocks(64);
    p.backward = Backward::live;
    check_quant(normal_case({3, 90}, p), 2e-5, true);
    p.sparsity = quant::n_of_m(2, 4);
    check_quant(normal_case({3, 128}, p), 2e-5, true);
  }
  Perturbation p{
      .bits = 4, .codebook = Codebook::power_of_two, .rounding = quant::Rounding::stochastic};
  QuantCase c = normal_case({2, 128}, p);
  c.step = {.step = 3, .seed_low = 4};
  check_quant(c, 2e-5, true);
}

TEST(Perturb, PowersOfTwoHaveTheirCodes) {
  const Perturbation p{.bits = 3, .codebook = Codebook::power_of_two, .group = Group::channel()};
  // s_f = 1: codes 0, 1, 2, 4; a half goes to the even code of 0 and 1, above to the larger one.
  const std::vector<double> x{4, -4, 0.5, 0.6, 1.4, 1.5, -2.9, 3};
  for (const QuantRun& run : run_quant({{1, 8}, x, x, p})) {
    EXPECT_EQ(run.codes.values, (std::vector<double>{4, -4, 0, 1, 1, 2, -2, 4}));
  }
}

// (low, high) of blocks of 32, one in the last row's range being far from the values.
TEST(Perturb, GivenRangesClip) {
  const quant::ValueRange kinds[] = {quant::ValueRange::hindsight(),
                                     quant::ValueRange::running(0.9F)};
  const std::vector<Perturbation> books{{.bits = 1},
                                        {.bits = 3},
                                        {.bits = 4, .codebook = Codebook::absmax},
                                        {.bits = 4, .codebook = Codebook::power_of_two}};
  for (Perturbation p : books) {
    p.range = kinds[p.bits % 2];
    p.group = Group::blocks(32);
    QuantCase c = normal_case({3, 70}, p);
    c.range_shape = {3, 3, 2};
    c.range = {-1, 1, -0.5, 2, -3, 0.1, -0.2, 0.3, -5, 5, -1, 1.5, -2, 2, -0.1, 0.2, 1, 3};
    check_quant(c, 5e-5, true);
    c.range_shape = {1, 3, 2};
    c.range.resize(6);
    check_quant(c, 5e-5, true);
    c.range = {1, -1, 1, -1, 1, -1};  // none yet
    check_quant(c, 5e-5, true);
    c.range = {-1, 0.75};
    c.range_shape = {1, 1, 2};
    for (const Group group : {Group::channel(), Group::tensor()}) {
      c.options.group = group;
      check_quant(c, 5e-5, true);
    }
    c.options.estimator = quant::Estimator::straight_through;
    c.options.clipped = true;
    check_quant(c, 5e-5);
    EXPECT_THROW((void)quant::perturb(input({3, 70}), p), InvalidArgument) << "no range";
    EXPECT_THROW((void)quant::perturb(input({3, 70}), p, {.range = input({3, 2, 2})}),
                 InvalidArgument);
  }
}

TEST(Perturb, FixedAndPercentileRanges) {
  for (const quant::ValueRange range :
       {quant::ValueRange::fixed(1.25F), quant::ValueRange::percentile(90),
        quant::ValueRange::percentile(97.5F)}) {
    for (Perturbation p :
         {Perturbation{.bits = 4}, Perturbation{.bits = 4, .codebook = Codebook::absmax}}) {
      p.range = range;
      for (const Group group : {Group::blocks(64), Group::channel(), Group::tensor()}) {
        p.group = group;
        check_quant(normal_case({3, group == Group::channel() ? 150 : 128}, p), 2e-5, true);
      }
    }
  }
}

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
  for (Perturbation p : few_codebooks()) {
    for (const Group group : {Group::blocks(32), Group::tensor()}) {
      p.group = group;
      p.lambda = quant::Lambda(0.25F, true);
      QuantCase c = normal_case({3, 75}, p);
      check_quant(c, 2e-5, true);
      // x_hat shrinks by 1 / (1 + lambda), whatever the units of the codes.
      p.lambda = 0.0F;
      const QuantRun plain = run_quant(normal_case({3, 75}, p)).at(0);
      const QuantRun shrunk = run_quant(c).at(0);
      EXPECT_NEAR(shrunk.stats[2] * 1.25, plain.stats[2], 1e-5 * plain.stats[2]);
      c.lambda_scale = 2;
      check_quant(c, 2e-5);
    }
  }
}

TEST(Perturb, StochasticRoundingOfEveryCodebookThatRounds) {
  std::vector<Perturbation> list{{.bits = 1},
                                 {.bits = 5},
                                 {.bits = 6, .codebook = Codebook::absmax},
                                 {.bits = quant::ternary_bits, .codebook = Codebook::ternary},
                                 {.bits = 4, .sparsity = quant::n_of_m(2, 4)}};
  for (Perturbation p : list) {
    p.rounding = quant::Rounding::stochastic;
    for (const Group group : {Group::blocks(64), Group::channel(), Group::tensor()}) {
      p.group = group;
      QuantCase c = normal_case({3, group == Group::channel() ? 70 : 128}, p);
      c.step = {.step = 7, .seed_low = 11, .seed_high = 3};
      c.inputs.stream = 5;
      check_quant(c, 2e-5, true);
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
  for (Perturbation p : {Perturbation{.bits = 1}, Perturbation{.bits = 4},
                         Perturbation{.bits = 1, .codebook = Codebook::sign_mean}}) {
    for (const float offset : {1e6F, -1e6F}) {
      for (const Group group : {Group::blocks(32), Group::tensor()}) {
        p.group = group;
        p.lambda = 0.0F;
        QuantCase c{{3, 96}, draw(288, 21, 100, offset), draw(288, 22), p};
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
  }
}

TEST(Perturb, LambdaZeroOfAConstantBlockGivesItsMean) {
  for (Perturbation p : few_codebooks()) {
    p.lambda = 0.0F;
    p.group = Group::blocks(32);
    for (const double value : {0.0, 2.5, -1e-3, 1000.0}) {
      QuantCase c{{2, 50}, std::vector<double>(100, value), draw(100, 3), p};
      c.x[90] = quant::is_affine(p.codebook) ? value : c.x[90];
      check_quant(c);
      p.backward = Backward::live;
      check_quant(c);
      p.backward = Backward::full;
    }
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
        const QuantCase c{{4, 100}, draw(400, 11, 1, shift), draw(400, 12), p};
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
  for (Perturbation p : {Perturbation{.bits = 2, .codebook = Codebook::minmax},
                         Perturbation{.bits = 1, .codebook = Codebook::sign_mean},
                         Perturbation{.bits = 3, .codebook = Codebook::absmax}}) {
    p.lambda = 1e20F;
    p.group = Group::blocks(32);
    SCOPED_TRACE(quant::text(p));
    const QuantCase c{{3, 64}, draw(192, 1, 1, 5), draw(192, 2, 1, -3), p};
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
  for (Perturbation p : few_codebooks()) {
    p.group = Group::blocks(64);
    p.backward = Backward::straight;
    check_quant(normal_case({3, 100}, p));
    p.backward = Backward::full;
    p.estimator = quant::Estimator::straight_through;
    check_quant(normal_case({3, 100}, p));
    p.clipped = true;
    check_quant(normal_case({3, 100}, p));
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
