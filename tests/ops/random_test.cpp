// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/ops/random.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/core/random.hpp"
#include "ridgeback/graph/source.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/gradient.hpp"
#include "ridgeback/runtime/executable.hpp"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <numbers>
#include <set>

#include "harness/device.hpp"
#include "harness/op_case.hpp"

namespace ridgeback::test {
namespace {

constexpr StepParams params{.step = 12, .seed_low = 0x12345678, .seed_high = 0x9abcdef0};

std::uint32_t word_of(const StepParams& step, std::uint32_t stream, std::int64_t i) {
  return random_words(step, stream,
                      static_cast<std::uint32_t>(i / 4))[static_cast<std::size_t>(i % 4)];
}

// In single precision, as core/random.hpp's Random computes it.
Array host_uniform(const Shape& shape, float low, float high, std::uint32_t stream) {
  Array y(shape);
  for (std::int64_t i = 0; i < y.count(); ++i) {
    const float value = low + (high - low) * unit_float(word_of(params, stream, i));
    y[i] = static_cast<double>(value);
  }
  return y;
}

Array host_normal(const Shape& shape, std::uint32_t stream) {
  Array y(shape);
  for (std::int64_t i = 0; i < y.count(); ++i) {
    const std::int64_t first = i - i % 2;
    const auto a = static_cast<double>(unit_float(word_of(params, stream, first)));
    const auto b = static_cast<double>(unit_float(word_of(params, stream, first + 1)));
    const double radius = std::sqrt(-2 * std::log(1 - a)), angle = 2 * std::numbers::pi * b;
    y[i] = radius * (i % 2 == 0 ? std::cos(angle) : std::sin(angle));
  }
  return y;
}

Array host_dropout(const Array& x, float rate, std::uint32_t stream) {
  Array y = x;
  const auto scale = static_cast<double>(1.0F / (1.0F - rate));
  for (std::int64_t i = 0; i < y.count(); ++i)
    y[i] = unit_float(word_of(params, stream, i)) >= rate ? x[i] * scale : 0;
  return y;
}

std::vector<float> drawn(Executable& e, const Tensor& t, const StepParams& step) {
  e.run(step);
  return e.get<float>(t);
}

TEST(Random, DrawsAnewForEachStepSeedAndStream) {
  const Tensor a = random_uniform({1000}, 0, 1, 1), b = random_uniform({1000}, 0, 1, 2);
  Executable e = compile(test_device(), {a, b});
  std::set<std::vector<float>> all;
  for (const StepParams& step :
       {StepParams{.step = 1}, StepParams{.step = 2}, StepParams{.step = 1, .seed_low = 1},
        StepParams{.step = 1, .seed_high = 1}}) {
    all.insert(drawn(e, a, step));
    all.insert(e.get<float>(b));
  }
  EXPECT_EQ(all.size(), 8U);
  EXPECT_TRUE(all.contains(drawn(e, a, {.step = 1})));
}

TEST(Random, IsNotTheHostsStream) {
  const StepParams step{.step = 0, .seed_low = 5};
  Random random(5, 9);
  EXPECT_NE(random.word(), random_words(step, 9, 0)[0]);
}

TEST(Random, NormalHasTheMomentsOfOne) {
  const Tensor x = random_normal({1 << 16}, 3);
  Executable e = compile(test_device(), {x});
  const std::vector<float> values = drawn(e, x, {.step = 7, .seed_low = 42});
  double mean = 0, square = 0, fourth = 0;
  for (const float f : values) {
    const auto v = static_cast<double>(f);
    mean += v / 65536;
    square += v * v / 65536;
    fourth += v * v * v * v / 65536;
  }
  // Five standard errors: 1, sqrt 2 and sqrt 96 times 1/256.
  EXPECT_NEAR(mean, 0, 5.0 / 256);
  EXPECT_NEAR(square, 1, 5 * 1.42 / 256);
  EXPECT_NEAR(fourth, 3, 5 * 9.8 / 256);
}

TEST(Dropout, PassesTheSameElementsBackward) {
  const Tensor x = input({999}), g = input({999});
  const Tensor y = dropout(x, 0.4F, 8);
  const Tensor dx = gradient(y * g, {x})[0];
  Executable e = compile(test_device(), {y, dx});
  const std::vector<float> ones(999, 1.0F), twos(999, 2.0F);
  e.set(x, ones);
  e.set(g, twos);
  e.run({.step = 3, .seed_low = 77});
  const auto forward = e.get<float>(y), backward = e.get<float>(dx);
  const auto kept = std::ranges::count_if(forward, [](float v) { return v != 0; });
  EXPECT_NEAR(static_cast<double>(kept), 599, 5 * 15.5);
  for (std::size_t i = 0; i < forward.size(); ++i) EXPECT_EQ(backward[i], 2 * forward[i]) << i;
}

TEST(Dropout, OfNothingIsTheValueItself) {
  const Tensor x = input({4});
  EXPECT_TRUE(dropout(x, 0, 1).is(x));
}

TEST(Random, RefusesWhatIsOutOfRange) {
  const Tensor x = input({4});
  EXPECT_THROW((void)dropout(x, 1, 1), InvalidArgument);
  EXPECT_THROW((void)dropout(x, -0.1F, 1), InvalidArgument);
  EXPECT_THROW((void)dropout(input({4}, DType::i32), 0.5F, 1), InvalidArgument);
  EXPECT_THROW((void)random_bernoulli({3}, 1.1F, 1), InvalidArgument);
  EXPECT_THROW((void)random_uniform({3}, 2, 1, 1), InvalidArgument);
}

}  // namespace

OP_CASES("random_uniform") {
  for (const Shape& s : awkward_shapes()) {
    add({.graph = [s](auto) { return random_uniform(s, -0.7F, 2.1F, 5); },
         .reference = [s](const std::vector<Array>&) { return host_uniform(s, -0.7F, 2.1F, 5); },
         .tolerance = exact(),
         .step = params,
         .label = "shape"});
  }
}

OP_CASES("random_normal") {
  for (const Shape& s : {Shape{0}, Shape{7}, Shape{50, 21}}) {
    add({.graph = [s](auto) { return random_normal(s, 6); },
         .reference = [s](const std::vector<Array>&) { return host_normal(s, 6); },
         .tolerance = {1e-4, 1e-3},
         .step = params,
         .label = "shape"});
  }
}

OP_CASES("random_bernoulli") {
  for (const float probability : {0.0F, 0.3F, 1.0F}) {
    add({.graph =
             [probability](auto) {
               return random_bernoulli({7, 31}, probability, 9);
             },
         .reference =
             [probability](const std::vector<Array>&) {
               return map(host_uniform({7, 31}, 0, 1, 9), [probability](double u) {
                 return u < static_cast<double>(probability) ? 1.0 : 0.0;
               });
             },
         .tolerance = exact(),
         .step = params,
         .label = "probability"});
  }
}

OP_CASES("dropout") {
  for (const Shape& s : awkward_shapes()) {
    // 1 / (1 - rate) = 2 keeps products exact.
    add({.inputs = {uniform(s, -3, 3)},
         .graph = [](auto in) { return dropout(in[0], 0.5F, 4); },
         .reference = [](const Array& x) { return host_dropout(x, 0.5F, 4); },
         .tolerance = exact(),
         .gradient = true,
         .step = params});
  }
  // Also where a kept infinity would meet a zero.
  add({.inputs = {exactly({4}, {INFINITY, -INFINITY, INFINITY, 1})},
       .graph = [](auto in) { return dropout(in[0], 0.3F, 4); },
       .reference = [](const Array& x) { return host_dropout(x, 0.3F, 4); },
       .tolerance = epsilons(1),
       .step = params,
       .label = "infinite"});
  add({.inputs = {uniform({1 << 22}, -3, 3)},
       .graph = [](auto in) { return dropout(in[0], 0.3F, 4); },
       .reference = [](const Array& x) { return host_dropout(x, 0.3F, 4); },
       .bytes = 8.0 * (1 << 22),
       .bench_only = true});
}

}  // namespace ridgeback::test
