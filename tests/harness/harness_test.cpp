// SPDX-License-Identifier: Apache-2.0
// The harness must fail where an operation is wrong; otherwise no case means anything.
#include "ridgeback/graph/operation.hpp"
#include "ridgeback/ops/elementwise.hpp"
#include "ridgeback/ops/launch.hpp"

#include <cmath>
#include <functional>
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>
#include <limits>

#include "harness/device.hpp"
#include "harness/run_case.hpp"
#include "memory/fill.h"

namespace ridgeback::test {
namespace {

// y = x, by a copy; each flaw is one that a check must find.
struct Flawed final : OperationOf<Flawed> {
  enum class Flaw { none, beyond_the_end, nothing_written, wrong_gradient };
  Flaw flaw = Flaw::none;

  bool operator==(const Flawed&) const = default;
  [[nodiscard]] std::string_view name() const override { return "flawed"; }
  [[nodiscard]] std::vector<TensorSpec> infer(std::span<const TensorSpec> in) const override {
    return {in[0]};
  }
  [[nodiscard]] std::vector<Dispatch> lower(const LowerContext& c) const override {
    if (flaw == Flaw::nothing_written) return {};
    if (flaw == Flaw::beyond_the_end) {
      const auto words = static_cast<std::uint32_t>(c.out[0].shape.count()) + 1;
      return {dispatch("fill", c)
                  .write(0)
                  .specialize(ops::local_size(c.target))
                  .push(shaders::FillParams{words, 0})
                  .linear_groups(words)};
    }
    return {copy_dispatch()};
  }
  [[nodiscard]] std::vector<Tensor> gradient(const GradientContext& g) const override {
    return {flaw == Flaw::wrong_gradient ? g.grads[0] * 1.01F : g.grads[0]};
  }
};

OpCase flawed_case(Flawed::Flaw flaw) {
  return {.inputs = {uniform({37}, 1, 2)},
          .graph =
              [flaw](const std::vector<Tensor>& in) {
                Flawed operation;
                operation.flaw = flaw;
                return apply(operation, {in[0]});
              },
          .reference = [](const Array& x) { return x; },
          .tolerance = exact(),
          .gradient = true};
}

OpCase doubled_case(double factor) {
  return {
      .inputs = {uniform({37}, 1, 2)},
      .graph = [](auto in) { return in[0] * 2.0F; },
      .reference =
          [factor](const Array& x) { return map(x, [factor](double v) { return factor * v; }); },
      .tolerance = epsilons(4),
      .gradient = true};
}

// Failures that `check` reports, which do not count for this test.
int failures_of(const std::function<void()>& check) {
  testing::TestPartResultArray results;
  {
    testing::ScopedFakeTestPartResultReporter reporter(
        testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &results);
    check();
  }
  return results.size();
}

TEST(Harness, AcceptsWhatIsRight) {
  check_values("doubled", "", doubled_case(2));
  check_gradient("doubled", "", doubled_case(2));
  check_values("flawed", "", flawed_case(Flawed::Flaw::none));
}

TEST(Harness, ReportsWrongValues) {
  EXPECT_GT(failures_of([] { check_values("doubled", "", doubled_case(2.00001)); }), 0);
}

TEST(Harness, ReportsWrongGradients) {
  EXPECT_GT(failures_of([] { check_gradient("doubled", "", doubled_case(2.01)); }), 0);
  const OpCase wrong = flawed_case(Flawed::Flaw::wrong_gradient);
  EXPECT_GT(failures_of([&] { check_gradient("flawed", "", wrong); }), 0);
}

TEST(Harness, ReportsWritesBeyondTheEnd) {
  const OpCase beyond = flawed_case(Flawed::Flaw::beyond_the_end);
  EXPECT_THROW(check_values("flawed", "", beyond), Error);
}

TEST(Harness, ReportsOutputsThatNobodyWrote) {
  const OpCase unwritten = flawed_case(Flawed::Flaw::nothing_written);
  EXPECT_GT(failures_of([&] { check_values("flawed", "", unwritten); }), 0);
}

TEST(Tolerance, IsRelativeToTheLargerOfValueAndRms) {
  const Array want(Shape{4}, {1, -1, 1, 1e-3});
  Array got = want;
  got[3] += 2e-7;  // far off for the value alone, within two epsilons of the rms
  EXPECT_TRUE(close(got, want, epsilons(2)));
  EXPECT_FALSE(close(got, want, epsilons(1)));
  got[3] += 1e-5;
  EXPECT_FALSE(close(got, want, epsilons(2)));
}

TEST(Tolerance, MeetsInfinitiesAndNanExactly) {
  const double infinity = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto one = [](double value) { return Array(Shape{}, {value}); };
  EXPECT_TRUE(close(one(infinity), one(infinity), epsilons(4)));
  EXPECT_TRUE(close(one(nan), one(nan), epsilons(4)));
  EXPECT_FALSE(close(one(infinity), one(-infinity), epsilons(4)));
  EXPECT_FALSE(close(one(nan), one(0), epsilons(4)));
  EXPECT_FALSE(close(one(0), one(nan), epsilons(4)));
  EXPECT_FALSE(close(one(1e30), one(infinity), epsilons(4)));
}

TEST(Tolerance, ExactAllowsNothing) {
  EXPECT_TRUE(close(Array(Shape{}, {0.0}), Array(Shape{}, {0.0}), exact()));
  EXPECT_FALSE(close(Array(Shape{}, {1e-30}), Array(Shape{}, {0.0}), exact()));
  EXPECT_FALSE(close(Array(Shape{2}), Array(Shape{1, 2}), exact()));
}

TEST(Inputs, AreDrawnAlikeEachTimeAndDifferBySeed) {
  const Shape shape{100};
  EXPECT_EQ(uniform(shape, -1, 1, 5).draw(shape).values,
            uniform(shape, -1, 1, 5).draw(shape).values);
  EXPECT_NE(uniform(shape, -1, 1, 5).draw(shape).values,
            uniform(shape, -1, 1, 6).draw(shape).values);
  for (const double v : integers(shape, -2, 3).draw(shape).values) {
    EXPECT_TRUE(v == std::floor(v) && v >= -2 && v <= 3);
  }
  for (const double v : off_zero(shape, 0.5, 1).draw(shape).values) {
    EXPECT_TRUE(std::abs(v) >= 0.5 && std::abs(v) <= 1);
  }
}

TEST(Array, SurvivesEveryElementType) {
  const Shape shape{3, 5};
  for (const DType dtype : {DType::f32, DType::f16, DType::i32, DType::u32, DType::b1, DType::i2,
                            DType::i4, DType::i8, DType::ternary}) {
    const int low = dtype == DType::u32 || dtype == DType::b1 ? 0 : -1;
    const Array drawn = integers(shape, low, 1, dtype).draw(shape);
    const auto bytes = encode(drawn, dtype);
    EXPECT_EQ(static_cast<std::int64_t>(bytes.size()), (TensorSpec{shape, dtype}.bytes()));
    EXPECT_EQ(decode({shape, dtype}, bytes).values, drawn.values) << name(dtype);
  }
}

}  // namespace
}  // namespace ridgeback::test
