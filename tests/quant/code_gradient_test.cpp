// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/code_gradient.hpp"

#include "ridgeback/core/bits.hpp"
#include "ridgeback/core/random.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/random.hpp"
#include "ridgeback/quant/quant.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <limits>
#include <utility>

#include "harness/device.hpp"
#include "harness/op_case.hpp"
#include "harness/run_case.hpp"

namespace ridgeback::test {
namespace {

using quant::Along;
using quant::GradientCode;
using quant::GradientRange;
using quant::Rounding;

const StepParams at_step{.step = 7, .seed_low = 11, .seed_high = 3};
constexpr std::uint32_t stream_of_cases = 5;

int top_of(const GradientCode& code) {
  return (1 << (code.bits - 1)) - 1;
}

// Factors are powers of two and offsets quarters, so that the codes' ideals below are exact.
double factor(std::int64_t i) {
  return (i % 2 == 0 ? 1.0 : -1.0) * std::ldexp(1.0, static_cast<int>(i % 3) - 1);
}
double offset(std::int64_t i) {
  return static_cast<double>(i % 5 - 2) / 4;
}

struct Case {
  std::int64_t rows;
  std::int64_t cols;
  Along along;
  GradientCode code;
  bool scaled;
  [[nodiscard]] std::int64_t blocks() const { return along == Along::rows ? rows : cols; }
  [[nodiscard]] std::int64_t length() const { return along == Along::rows ? cols : rows; }
  [[nodiscard]] bool hindsight() const { return code.range == GradientRange::hindsight; }
  [[nodiscard]] std::int64_t at(std::int64_t block, std::int64_t i) const {
    return along == Along::rows ? block * cols + i : i * cols + block;
  }
};

// s g is in sixteenths of a code's step, and the largest of each block is the largest code: ideals
// are exact in f32, and so are their sums with the 17 bits of a stochastic rounding's fraction.
Input gradient_of(const Case& c) {
  return {{Shape{c.rows, c.cols}, DType::f32}, [c](const Shape& of) {
            const int top = top_of(c.code);
            Array g = integers(of, -16 * top, 16 * top, DType::f32, 3).draw(of);
            for (std::int64_t b = 0; b < c.blocks() && c.length() > 0; ++b)
              g[c.at(b, b % c.length())] = (b % 2 == 0 ? 16.0 : -16.0) * top;
            for (std::int64_t b = 0; b < c.blocks(); ++b) {
              for (std::int64_t i = 0; i < c.length(); ++i)
                g[c.at(b, i)] /= 16 * (c.scaled ? factor(i) : 1);
            }
            return g;
          }};
}

Input factors_of(const Case& c) {
  return {{Shape{c.length(), 1, 2}, DType::f32}, [](const Shape& of) {
            Array pairs(of);
            for (std::int64_t i = 0; i < of[0]; ++i) {
              pairs[2 * i] = factor(i);
              pairs[2 * i + 1] = offset(i);
            }
            return pairs;
          }};
}

// Ranges that clip half of the codes, that use half of them, and that are not known yet.
Input range_of(const Case& c) {
  const std::int64_t extent = c.along == Along::rows ? 1 : c.cols;
  return {{Shape{extent}, DType::f32}, [c](const Shape& of) {
            const double choices[] = {0.5, 2.0, 0.0};
            Array range(of);
            for (std::int64_t i = 0; i < of[0]; ++i)
              range[i] = choices[(i + c.cols) % 3] * top_of(c.code);
            return range;
          }};
}

// u of the element (r, c), as the kernels number them.
double fraction_of(const Case& c, std::int64_t row, std::int64_t col) {
  std::int64_t block = row * ceil_div(c.cols, 8) + col / 8;
  auto half = static_cast<std::size_t>(col % 8);
  if (c.along == Along::columns) {
    block = row / 2 * ceil_div(c.cols, 4) + col / 4;
    half = static_cast<std::size_t>(row % 2 * 4 + col % 4);
  }
  const auto words = random_words(at_step, stream_of_cases, static_cast<std::uint32_t>(block));
  const std::uint32_t bits = words[half / 2] >> (half % 2 * 16) & 0xFFFFU;
  return (bits + 0.5) / 65536;
}

double rounded(const Case& c, double ideal, std::int64_t row, std::int64_t col) {
  const double q = c.code.rounding == Rounding::nearest
                       ? std::nearbyint(ideal)
                       : std::floor(ideal + fraction_of(c, row, col));
  return std::clamp<double>(q, -top_of(c.code), top_of(c.code));
}

std::vector<Array> reference_of(const Case& c, const std::vector<Array>& in) {
  Array codes(Shape{c.blocks(), c.length()}),
      factors(Shape{c.blocks(), c.length() == 0 ? 0 : 1, 2});
  Array term(Shape{c.blocks()}), next(Shape{c.blocks()});
  for (std::int64_t b = 0; b < c.blocks() && c.length() > 0; ++b) {
    const auto value = [&](std::int64_t i) {
      return in[0][c.at(b, i)] * (c.scaled ? in[1][2 * i] : 1.0);
    };
    double largest = 0;
    for (std::int64_t i = 0; i < c.length(); ++i) {
      largest = std::max(largest, std::abs(value(i)));
      if (c.scaled) term[b] += in[1][2 * i + 1] * in[0][c.at(b, i)];
    }
    const double given = c.hindsight() ? in.back()[c.along == Along::rows ? 0 : b] : 0;
    const double scale = (given > 0 ? given : largest) / top_of(c.code);
    factors[2 * b] = scale;
    next[b] = given > 0 ? c.code.momentum * given + (1 - c.code.momentum) * largest : largest;
    for (std::int64_t i = 0; i < c.length(); ++i) {
      const std::int64_t row = c.along == Along::rows ? b : i;
      codes[b * c.length() + i] = rounded(c, value(i) / scale, row, c.along == Along::rows ? i : b);
    }
  }
  if (c.hindsight() && c.along == Along::rows && c.rows > 0) {
    const double largest = *std::ranges::max_element(next.values);
    next = Array(Shape{1}, {largest});
  }
  return {codes, factors, term, next};
}

void add_case(OpCases& cases, const Case& c, bool bench_only = false) {
  std::vector<Input> inputs{gradient_of(c)};
  if (c.scaled) inputs.push_back(factors_of(c));
  if (c.hindsight()) inputs.push_back(range_of(c));
  const auto count = static_cast<double>(c.rows * c.cols);
  cases.add(
      {.inputs = inputs,
       .graph = [c](auto in) -> std::vector<Tensor> {
         const auto coded =
             quant::code_gradient(in[0], c.along, c.scaled ? in[1] : Tensor{}, c.code,
                                  stream_of_cases, c.hindsight() ? in.back() : Tensor{});
         return {coded.codes, coded.factors, coded.term, coded.range};
       },
       .reference = [c](const std::vector<Array>& in) { return reference_of(c, in); },
       .tolerance = {.relative = 1e-5, .absolute = 1e-5},
       .step = at_step,
       .bytes = count * (4 + c.code.bits / 8.0),
       .bench_only = bench_only,
       .label = fmt::format("{}x{}_{}_{}_{}_{}{}", c.rows, c.cols,
                            c.along == Along::rows ? "rows" : "columns", c.code.bits,
                            name(c.code.rounding), name(c.code.range), c.scaled ? "_scaled" : "")});
}

OP_CASES("code_gradient") {
  const auto nearest = Rounding::nearest;
  const auto hindsight = GradientRange::hindsight;
  for (const Along along : {Along::rows, Along::columns}) {
    // Every pair of type, rounding, range, scaled or not, whole quads of columns or not.
    add_case(*this, {21, 37, along, {.bits = 2}, false});
    add_case(*this, {70, 36, along, {.bits = 2, .rounding = nearest, .range = hindsight}, true});
    add_case(*this, {70, 33, along, {.bits = 4, .range = hindsight}, true});
    add_case(*this, {18, 68, along, {.bits = 4, .rounding = nearest}, false});
    add_case(*this, {70, 32, along, {.bits = 8, .range = hindsight}, false});
    add_case(*this, {21, 37, along, {.bits = 8, .rounding = nearest}, true});
    // Other numbers of bits are another largest code.
    for (const int bits : {3, 5, 6, 7}) add_case(*this, {21, 37, along, {.bits = bits}, true});
    add_case(*this, {300, 132, along, {.bits = 4}, true});
    add_case(*this, {1, 1, along, {.bits = 4}, true});
    add_case(*this, {0, 8, along, {.bits = 4}, true});
    add_case(*this, {8, 0, along, {.bits = 4}, true});
    for (const int bits : {8, 4, 2})
      add_case(*this, {256, 2048, along, {.bits = bits}, true}, true);
  }
}

std::vector<float> draw(std::int64_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& v : values) v = random.normal();
  return values;
}

// What codes stand for, drawn in many steps.
struct Draws {
  Tensor g = input({12, 24});
  Tensor by_rows, by_columns;

  explicit Draws(const GradientCode& code) {
    const auto rows = quant::code_gradient(g, Along::rows, {}, code, 1);
    const auto columns = quant::code_gradient(g, Along::columns, {}, code, 2);
    by_rows = quant::dequantize(rows.codes, rows.factors, quant::Group::channel());
    by_columns = quant::dequantize(columns.codes, columns.factors, quant::Group::channel());
  }
};

// The mean of what N steps drew is the value to within 6 standard errors, of which one is at most
// half a step of the codes over sqrt(N); the mean error over all values is sqrt(values) times
// closer.
TEST(CodeGradient, StochasticCodesAreUnbiased) {
  constexpr int steps = 400;
  for (const int bits : {2, 4, 8}) {
    const Draws d({.bits = bits});
    const std::vector<float> g = draw(12 * 24, 4);
    Executable e = compile(test_device(), {d.by_rows, d.by_columns});
    e.set(d.g, g);
    std::vector<double> rows(g.size()), columns(g.size());
    for (std::uint32_t step = 1; step <= steps; ++step) {
      e.run({.step = step});
      const std::vector<float> r = e.get<float>(d.by_rows), c = e.get<float>(d.by_columns);
      for (std::size_t i = 0; i < g.size(); ++i) {
        rows[i] += static_cast<double>(r[i]) / steps;
        columns[i] += static_cast<double>(c[i % 24 * 12 + i / 24]) / steps;
      }
    }
    const double largest = 3.5;  // of the values, at least
    const double step_size = largest / ((1 << (bits - 1)) - 1);
    double mean_rows = 0, mean_columns = 0;
    for (std::size_t i = 0; i < g.size(); ++i) {
      const double bound = 6 * step_size / 2 / std::sqrt(steps);
      EXPECT_NEAR(rows[i], static_cast<double>(g[i]), bound) << bits << " bits, " << i;
      EXPECT_NEAR(columns[i], static_cast<double>(g[i]), bound) << bits << " bits, " << i;
      mean_rows += (rows[i] - static_cast<double>(g[i])) / 288;
      mean_columns += (columns[i] - static_cast<double>(g[i])) / 288;
    }
    const double bound = 6 * step_size / 2 / std::sqrt(steps * 288.0);
    EXPECT_NEAR(mean_rows, 0, bound);
    EXPECT_NEAR(mean_columns, 0, bound);
  }
}

// Errors of two products, of two steps and of two streams do not go together; a repeated step draws
// the same. The products of a layer draw by rows and by columns, with a stream and the one after
// it.
TEST(CodeGradient, DrawsAreIndependentAndRepeat) {
  constexpr std::size_t rows = 32, cols = 64, count = rows * cols;
  const Tensor g = input({rows, cols});
  std::vector<Tensor> values;  // by rows with streams 1 and 2, by columns with streams 1 and 2
  for (const Along along : {Along::rows, Along::columns}) {
    for (const std::uint32_t stream : {1U, 2U}) {
      const auto coded = quant::code_gradient(g, along, {}, {.bits = 4}, stream);
      values.push_back(quant::dequantize(coded.codes, coded.factors, quant::Group::channel()));
    }
  }
  Executable e = compile(test_device(), values);
  const std::vector<float> v = draw(count, 9);
  e.set(g, v);
  const auto errors = [&](std::uint32_t step, std::size_t which) {
    e.run({.step = step, .seed_low = 5});
    const std::vector<float> got = e.get<float>(values[which]);
    std::vector<float> error(count);
    for (std::size_t i = 0; i < count; ++i)
      error[i] = got[which < 2 ? i : i % cols * rows + i / cols] - v[i];
    return error;
  };
  const auto correlation = [](const std::vector<float>& a, const std::vector<float>& b) {
    double ab = 0, aa = 0, bb = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      ab += static_cast<double>(a[i] * b[i]);
      aa += static_cast<double>(a[i] * a[i]);
      bb += static_cast<double>(b[i] * b[i]);
    }
    return std::abs(ab / std::sqrt(aa * bb));
  };
  const double bound = 6 / std::sqrt(static_cast<double>(count));
  std::vector<std::vector<float>> first;
  for (std::size_t which = 0; which < values.size(); ++which) {
    first.push_back(errors(1, which));
    EXPECT_EQ(first.back(), errors(1, which)) << which;
    EXPECT_LT(correlation(first.back(), errors(2, which)), bound) << which;
  }
  for (const auto& [a, b] : {std::pair<std::size_t, std::size_t>{0, 1}, {2, 3}, {0, 3}, {1, 2}})
    EXPECT_LT(correlation(first[a], first[b]), bound) << a << " " << b;
}

// In hindsight too, where nothing is measured before the codes are made.
TEST(CodeGradient, ANumberThatIsNotFiniteIsNotHidden) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  for (const float bad : {infinity, std::numeric_limits<float>::quiet_NaN()}) {
    for (const Along along : {Along::rows, Along::columns}) {
      for (const double known : {0.0, 2.0}) {  // the range in hindsight; 0: without
        const Tensor g = input({6, 8});
        const Shape extent{along == Along::rows ? 1 : 8};
        const GradientCode code{
            .bits = 8, .range = known == 0 ? GradientRange::dynamic : GradientRange::hindsight};
        std::vector<Tensor> inputs{g};
        Array values(Shape{6, 8}, std::vector<double>(48, 0.5));
        values[13] = static_cast<double>(bad);
        std::vector<Array> given{values};
        if (known > 0) {
          inputs.push_back(input(extent));
          given.emplace_back(extent,
                             std::vector<double>(static_cast<std::size_t>(extent.count()), known));
        }
        const auto coded =
            quant::code_gradient(g, along, {}, code, 1, known == 0 ? Tensor{} : inputs[1]);
        for (const Forced& forced : choices({coded.factors})) {
          const Array factors = run_guarded({coded.factors}, inputs, given, {}, forced).at(0);
          for (std::int64_t b = 0; b < factors.shape[0]; ++b) {
            EXPECT_EQ(std::isfinite(factors[2 * b]), b != (along == Along::rows ? 1 : 5))
                << "block " << b << ", " << bad << ", range " << known;
          }
        }
      }
    }
  }
}

TEST(CodeGradient, RefusesWhatMakesNoSense) {
  const Tensor g = input({6, 8});
  EXPECT_THROW((void)quant::code_gradient(g, Along::rows, {}, {.bits = 1}, 0), InvalidArgument);
  EXPECT_THROW((void)quant::code_gradient(g, Along::rows, {}, {.bits = 9}, 0), InvalidArgument);
  EXPECT_THROW((void)quant::code_gradient(g, Along::rows, {}, {}, 0), InvalidArgument);
  EXPECT_THROW((void)quant::code_gradient(g, Along::rows, input({6, 1, 2}), {.bits = 8}, 0),
               InvalidArgument);
  EXPECT_THROW((void)quant::code_gradient(g, Along::rows, {}, {.bits = 8}, 0, input({1})),
               InvalidArgument);
  const GradientCode hindsight{.bits = 8, .range = GradientRange::hindsight};
  EXPECT_THROW((void)quant::code_gradient(g, Along::rows, {}, hindsight, 0), InvalidArgument);
  EXPECT_THROW((void)quant::code_gradient(g, Along::columns, {}, hindsight, 0, input({1})),
               InvalidArgument);
}

TEST(GradientCode, TextComesBack) {
  const GradientCode code{.bits = 3,
                          .rounding = Rounding::nearest,
                          .range = GradientRange::hindsight,
                          .momentum = 0.25F};
  EXPECT_EQ(quant::gradient_code_from_text(quant::text(code)), code);
  EXPECT_EQ(quant::gradient_code_from_text(""), GradientCode{});
  for (const char* bad :
       {"bits=1", "bits=x", "rounding=up", "range=none", "momentum=1", "momentum=-1", "momentum=x",
        "momentum=nan", "momentum=0x1p-2", "speed=1", "bits"})
    EXPECT_THROW((void)quant::gradient_code_from_text(bad), InvalidArgument) << bad;
}

}  // namespace
}  // namespace ridgeback::test
