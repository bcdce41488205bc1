// SPDX-License-Identifier: Apache-2.0
#include "harness/quant_case.hpp"

#include "ridgeback/core/random.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/gradient.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>
#include <gtest/gtest.h>

#include "harness/device.hpp"

namespace ridgeback::test {
namespace {

void check_mask(const QuantRun& run, const reference::Coded& coded) {
  if (run.mask.values.empty()) return;
  for (std::size_t i = 0; i < coded.kept.size(); ++i) {
    ASSERT_EQ(run.mask.values[i] != 0, coded.kept[i]) << "mask of element " << i;
  }
}

// Codes of values within f32's reach of a border between two codes may be either.
void check_codes(const QuantRun& run, const reference::Coded& coded,
                 const quant::Perturbation& options) {
  if (options.codebook == quant::Codebook::none) {
    EXPECT_TRUE(near_largest(run.codes.values, coded.codes, 1e-6));
    return;
  }
  const bool sign = quant::largest_code(options) == 1 && options.bits == 1 &&
                    options.codebook != quant::Codebook::minmax;
  const double reach = 1e-6 * (1 + quant::largest_code(options));
  for (std::size_t i = 0; i < coded.codes.size(); ++i) {
    if (run.codes.values[i] == coded.codes[i]) continue;
    const double ideal = coded.ideal[i];
    if (options.codebook == quant::Codebook::power_of_two) {
      ASSERT_LT(coded.margin[i], 1e-5) << fmt::format("code {}: got {}, expected {} for {}", i,
                                                      run.codes.values[i], coded.codes[i], ideal);
      continue;
    }
    const double border = sign ? std::abs(ideal) : std::abs(ideal - std::floor(ideal) - 0.5);
    ASSERT_LT(border, reach) << fmt::format("code {}: got {}, expected {} for {}", i,
                                            run.codes.values[i], coded.codes[i], ideal);
    ASSERT_LE(std::abs(run.codes.values[i] - coded.codes[i]), sign ? 2 : 1);
  }
}

// Variants that are not offered for a shape leave the default.
bool launched_where_forced(const std::vector<Tensor>& outputs, const Forced& forced) {
  const Program program =
      plan(test_device().target(), outputs, {}, {.forced = {{forced.kernel, forced.variant}}});
  return std::ranges::any_of(program.launches, [&](const Launch& launch) {
    return launch.dispatch.kernel == forced.kernel && launch.dispatch.variant == forced.variant;
  });
}

}  // namespace

std::vector<std::map<std::string, std::string>> variant_rounds(const std::vector<Tensor>& outputs) {
  std::vector<std::map<std::string, std::string>> rounds{{}};
  for (const Forced& other : choices(outputs)) {
    if (other.kernel.empty() || !launched_where_forced(outputs, other)) continue;
    std::size_t round = 1;
    while (round < rounds.size() && rounds[round].contains(other.kernel)) ++round;
    if (round == rounds.size()) rounds.emplace_back();
    rounds[round].emplace(other.kernel, other.variant);
  }
  return rounds;
}

std::vector<double> draw(std::int64_t count, std::uint64_t seed, float scale, float shift) {
  Random random(seed);
  std::vector<double> values(static_cast<std::size_t>(count));
  for (double& v : values) v = static_cast<double>(shift + scale * random.normal());
  return values;
}

testing::AssertionResult near_largest(std::span<const double> got, std::span<const double> want,
                                      double tolerance) {
  double largest = 0;
  for (const double v : want) largest = std::max(largest, std::abs(v));
  for (std::size_t i = 0; i < want.size(); ++i) {
    if (std::abs(got[i] - want[i]) <= tolerance * largest) continue;
    return testing::AssertionFailure()
           << fmt::format("element {}: got {}, expected {} (largest {}, error {:.2e} of it)", i,
                          got[i], want[i], largest, std::abs(got[i] - want[i]) / largest);
  }
  return testing::AssertionSuccess();
}

reference::QuantInput reference_input(const QuantCase& c) {
  const auto [rows, cols] = as_matrix(c.shape);
  reference::QuantInput in{c.x, rows, cols, c.options.resolved(), c.lambda_scale};
  in.step = c.step;
  in.stream = c.inputs.stream;
  if (c.range.empty()) return in;
  const std::int64_t blocks = quant::blocks_per_row(in.options.group, cols);
  const bool whole = in.options.group.kind == quant::Group::Kind::tensor;
  for (std::int64_t row = 0; row < (whole ? 1 : rows); ++row) {
    for (std::int64_t block = 0; block < blocks; ++block) {
      const std::int64_t r = c.range_shape[0] == 1 ? 0 : row, b = c.range_shape[1] == 1 ? 0 : block;
      const auto pair = static_cast<std::size_t>(2 * (r * c.range_shape[1] + b));
      in.ranges.insert(in.ranges.end(), {c.range[pair], c.range[pair + 1]});
    }
  }
  return in;
}

std::vector<QuantRun> run_quant(const QuantCase& c) {
  const quant::Perturbation options = c.options.resolved();
  const Tensor x = input(c.shape), dy = input(c.shape);
  quant::PerturbInputs inputs = c.inputs;
  if (!c.range.empty()) inputs.range = input(c.range_shape);
  const quant::Perturbed p = quant::perturb(x, options, inputs);
  const Tensor x_hat = quant::dequantize(p.codes, p.factors, options.group);
  const Tensor dx = gradient(x_hat * dy, {x})[0];
  std::vector<Tensor> outputs{p.codes, p.factors, p.stats, x_hat, dx};
  if (p.mask) outputs.push_back(p.mask);
  StepParams step = c.step;
  step.lambda_scale = c.lambda_scale;
  std::vector<QuantRun> runs;
  auto rounds = variant_rounds(outputs);
  if (c.turn) rounds = {rounds[*c.turn % rounds.size()]};
  for (const auto& forced : rounds) {
    Executable e = compile(test_device(), outputs, {}, {.forced = forced, .guards = true});
    e.set_bytes(x, encode({c.shape, c.x}, DType::f32));
    e.set_bytes(dy, encode({c.shape, c.dy}, DType::f32));
    if (!c.range.empty()) e.set_bytes(inputs.range, encode({c.range_shape, c.range}, DType::f32));
    e.run(step);
    e.check_guards();
    std::vector<Array> results;
    for (const Tensor& t : outputs) results.push_back(decode(t.spec(), e.get_bytes(t)));
    for (double& code : results[0].values) code += quant::code_shift(options);
    runs.push_back({results[0], results[1], results[2], results[3], results[4],
                    p.mask ? results[5] : Array{}});
  }
  return runs;
}

void check_quant(const QuantCase& c, double tolerance, bool finite_differences) {
  SCOPED_TRACE(fmt::format("{} {}{}", c.shape.text(), quant::text(c.options.resolved()),
                           c.turn ? fmt::format(" turn {}", *c.turn) : std::string()));
  const reference::QuantInput in = reference_input(c);
  reference::Coded coded = reference::code(in);
  const std::vector<QuantRun> runs = run_quant(c);
  ASSERT_FALSE(runs.empty());
  for (const QuantRun& run : runs) {
    check_mask(run, coded);
    check_codes(run, coded, in.options);
    if (testing::Test::HasFatalFailure()) return;
    if (in.options.codebook != quant::Codebook::none) coded.codes = run.codes.values;
    const std::vector<double> x_hat = reference::dequantized(in, coded);
    const std::vector<double> dx = reference::gradient(in, coded, c.dy);
    EXPECT_TRUE(near_largest(run.x_hat.values, x_hat, tolerance)) << "x_hat";
    EXPECT_TRUE(near_largest(run.dx.values, dx, tolerance)) << "dx";
    if (!finite_differences) continue;
    EXPECT_TRUE(near_largest(dx, reference::surrogate_gradient(in, coded, c.dy), 1e-5))
        << "the reference's gradient against finite differences";
  }
}

QuantCase normal_case(const Shape& shape, const quant::Perturbation& options) {
  return {shape, draw(shape.count(), 1), draw(shape.count(), 1001), options};
}

void check_in_turn(std::size_t turn, QuantCase c, double tolerance, bool finite_differences) {
  c.turn = turn;
  check_quant(c, tolerance, finite_differences);
}

std::vector<quant::Perturbation> few_codebooks() {
  return {{.bits = 4, .codebook = quant::Codebook::minmax},
          {.bits = 1, .codebook = quant::Codebook::minmax},
          {.bits = 1, .codebook = quant::Codebook::sign_mean},
          {.bits = 1, .codebook = quant::Codebook::sign_linear},
          {.bits = 3, .codebook = quant::Codebook::absmax},
          {.bits = quant::ternary_bits, .codebook = quant::Codebook::ternary}};
}

}  // namespace ridgeback::test
