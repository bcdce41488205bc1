// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/random.hpp"

#include "ridgeback/core/error.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <vector>

namespace ridgeback {
namespace {

using Words = std::array<std::uint32_t, 4>;

// Known answers of the Random123 library (kat_vectors, philox 4x32 10).
TEST(Random, PhiloxGivesTheKnownAnswers) {
  EXPECT_EQ(philox({0, 0}, {0, 0, 0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  const std::uint32_t ones = 0xffffffff;
  EXPECT_EQ(philox({ones, ones}, {ones, ones, ones, ones}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0xa4093822, 0x299f31d0}, {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Random, ASequenceIsTheBlocksOfItsSeedAndStream) {
  Random random(0x1122334455667788, 0x99aabbccddeeff00);
  for (std::uint32_t block = 0; block < 3; ++block) {
    const Words expected = philox({0x55667788, 0x11223344}, {block, 0, 0xddeeff00, 0x99aabbcc});
    for (const std::uint32_t word : expected) EXPECT_EQ(random.word(), word);
  }
}

TEST(Random, UnitFloatsStayBelowOne) {
  EXPECT_EQ(unit_float(0), 0.0F);
  EXPECT_LT(unit_float(0xffffffff), 1.0F);
  EXPECT_EQ(unit_float(0x80000000), 0.5F);
}

TEST(Random, UniformAndNormalHaveTheirMoments) {
  Random random(3);
  constexpr int count = 200000;
  double uniform_sum = 0;
  double normal_sum = 0;
  double normal_squares = 0;
  for (int i = 0; i < count; ++i) {
    const float u = random.uniform(-2, 6);
    ASSERT_TRUE(u >= -2 && u < 6);
    uniform_sum += u;
    const double n = random.normal();
    ASSERT_TRUE(std::isfinite(n));
    normal_sum += n;
    normal_squares += n * n;
  }
  // Five standard errors.
  EXPECT_NEAR(uniform_sum / count, 2, 5 * 8 / std::sqrt(12.0 * count));
  EXPECT_NEAR(normal_sum / count, 0, 5 / std::sqrt(count));
  EXPECT_NEAR(normal_squares / count, 1, 5 * std::sqrt(2.0 / count));
}

TEST(Random, BelowIsUnbiased) {
  Random random(5);
  std::vector<int> seen(7);
  constexpr int count = 70000;
  for (int i = 0; i < count; ++i) ++seen[random.below(7)];
  for (const int n : seen) EXPECT_NEAR(n, count / 7, 5 * std::sqrt(count / 7.0));
  EXPECT_EQ(random.below(1), 0U);
  EXPECT_LT(random.below(0xffffffff), 0xffffffffU);
  EXPECT_THROW(static_cast<void>(random.below(0)), InvalidArgument);
}

TEST(Random, StreamsAndSeedsDiffer) {
  EXPECT_NE(Random(1).word(), Random(2).word());
  EXPECT_NE(Random(1, 0).word(), Random(1, 1).word());
  EXPECT_EQ(Random(1, 1).word(), Random(1, 1).word());
}

}  // namespace
}  // namespace ridgeback
