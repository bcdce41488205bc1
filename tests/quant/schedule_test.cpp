// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/quant/schedule.hpp"

#include "ridgeback/core/error.hpp"

#include <gtest/gtest.h>

namespace ridgeback::quant {
namespace {

TEST(Ramp, GoesFromOneValueToTheOther) {
  const Ramp linear = ramp_from_text("linear:from=10,start=100,end=201", {.to = 1});
  EXPECT_EQ(linear.at(1), 10);
  EXPECT_EQ(linear.at(101), 10);
  EXPECT_DOUBLE_EQ(linear.at(151), 5.5);
  EXPECT_EQ(linear.at(201), 1);
  EXPECT_EQ(linear.at(100000), 1);
  const Ramp cubic = ramp_from_text("cubic:end=101", {.from = 0, .to = 0.8});
  EXPECT_EQ(cubic.at(1), 0);
  EXPECT_DOUBLE_EQ(cubic.at(51), 0.8 - 0.8 / 8);
  EXPECT_EQ(cubic.at(101), 0.8);
  // to + (from - to) (1 + cos(pi t)) / 2; cos(pi / 4) = 0.70710678...
  const Ramp cosine = ramp_from_text("cosine:from=4,to=2,end=101", {});
  EXPECT_EQ(cosine.at(1), 4);
  EXPECT_NEAR(cosine.at(26), 3.7071067811865475, 1e-12);
  EXPECT_DOUBLE_EQ(cosine.at(51), 3);
  EXPECT_NEAR(cosine.at(76), 2.2928932188134525, 1e-12);
  EXPECT_EQ(cosine.at(101), 2);
}

TEST(Ramp, StagesAreFewAndEndAtTheLastValue) {
  const Ramp ramp = ramp_from_text("linear:end=1000,stages=4", {});
  std::vector<double> values;
  for (std::int64_t step = 1; step <= 1100; ++step) {
    if (values.empty() || ramp.at(step) != values.back()) values.push_back(ramp.at(step));
  }
  EXPECT_EQ(values, (std::vector<double>{0, 0.25, 0.5, 0.75, 1}));
}

TEST(Ramp, TextReadsBack) {
  const Ramp ramp = ramp_from_text("cosine:from=0.5,to=0.25,start=3,end=9,stages=2", {});
  EXPECT_EQ(ramp_from_text(ramp.text(), {}), ramp);
  for (const char* text :
       {"", "square:end=3", "linear", "linear:end=0", "linear:start=5,end=5",
        "linear:end=3,slope=1", "linear:end=x", "linear:from=nan,end=3", "linear:end=-3"}) {
    EXPECT_THROW((void)ramp_from_text(text, {}), InvalidArgument) << text;
  }
}

TEST(BitsSchedule, NamesTheStageOfAStep) {
  const BitsSchedule schedule = bits_schedule_from_text("0:8,1000:4,2e:t,3e:1");
  EXPECT_EQ(schedule.at(1, 600), 8);
  EXPECT_EQ(schedule.at(1000, 600), 8);
  EXPECT_EQ(schedule.at(1001, 600), 4);
  EXPECT_EQ(schedule.at(1200, 600), 4);
  EXPECT_EQ(schedule.at(1201, 600), ternary_bits);
  EXPECT_EQ(schedule.at(1801, 600), 1);
  EXPECT_EQ(schedule.text(), "0:8,1000:4,2e:t,3e:1");
  for (const char* text : {"", "8", "5:8", "0:9", "0:8,0:4", "0:8,5:4,3:1", "0:8,2e:4,2e:1",
                           "0:8,-1:4", "0:8,0e:4", "0:8,", "0:8,99999999999999:1"}) {
    EXPECT_THROW((void)bits_schedule_from_text(text), InvalidArgument) << text;
  }
}

TEST(Stage, GivesNoOperandFewerBitsThanItsOwn) {
  const Perturbation one = Perturbation{.bits = 1}.resolved();
  const Perturbation four = Perturbation{.bits = 4}.resolved();
  const Stage stage{.least_bits = 2};
  EXPECT_EQ(stage.of(one).bits, 2);
  EXPECT_EQ(stage.of(one).codebook, Codebook::minmax);
  EXPECT_EQ(stage.of(one).group, one.group);
  EXPECT_EQ(stage.of(four), four);
  EXPECT_EQ(Stage{}.of(one), one);
  EXPECT_TRUE((Stage{.least_bits = unquantized_bits}.of(four).is_identity()));
  EXPECT_TRUE((stage.of(Perturbation{}).is_identity()));
}

TEST(Stage, TakesTheCodebookOfTheSameForm) {
  const Stage stage{.least_bits = 4};
  const auto codebook = [&](Codebook own, int bits) {
    return stage.of(Perturbation{.bits = bits, .codebook = own}.resolved()).codebook;
  };
  EXPECT_EQ(codebook(Codebook::sign_mean, 1), Codebook::minmax);
  EXPECT_EQ(codebook(Codebook::sign_linear, 1), Codebook::absmax);
  EXPECT_EQ(codebook(Codebook::ternary, ternary_bits), Codebook::absmax);
  EXPECT_EQ(codebook(Codebook::absmax, 2), Codebook::absmax);
}

TEST(Stage, SetsFractionsOfZerosAlone) {
  const Perturbation sparse = Perturbation{.bits = 1, .sparsity = fraction(0.9)}.resolved();
  Perturbation half = Stage{.zeros = 0.5}.of(sparse);
  EXPECT_EQ(half.sparsity.zeros, 0.5);
  EXPECT_EQ(half.codebook, sparse.codebook);
  EXPECT_EQ((Stage{.zeros = 0}.of(sparse).sparsity.kind), Sparsity::Kind::none);
  EXPECT_EQ((Stage{.zeros = 0}.of(sparse).codebook), Codebook::sign_linear);
  EXPECT_EQ((Stage{.zeros = 0.9}.of(sparse)), sparse);
  const Perturbation two_of_four = Perturbation{.bits = 1, .sparsity = n_of_m(2, 4)}.resolved();
  EXPECT_EQ((Stage{.zeros = 0.1}.of(two_of_four)), two_of_four);
  const Perturbation pruned = Perturbation{.sparsity = fraction(0.9)}.resolved();
  EXPECT_TRUE((Stage{.zeros = 0}.of(pruned).is_identity()));
  const Stage soft{.least_bits = unquantized_bits, .zeros = 0.5};
  EXPECT_EQ(soft.of(sparse).codebook, Codebook::none);
}

}  // namespace
}  // namespace ridgeback::quant
