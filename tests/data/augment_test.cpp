// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/data/augment.hpp"

#include "ridgeback/core/error.hpp"

#include <gtest/gtest.h>
#include <set>
#include <vector>

namespace ridgeback::data {
namespace {

using Bytes = std::vector<std::uint8_t>;
// A set of images; of wider numbers, because GCC 12 misjudges the comparison of byte vectors.
using Images = std::set<std::vector<int>>;

const Bytes image{1, 2, 3, 4, 5, 6};  // 2 x 3

Bytes augmented(const Augmentation& how, std::int64_t epoch, std::uint32_t sample) {
  Bytes to(6);
  augment(how, 7, epoch, sample, {2, 3}, image, to);
  return to;
}

TEST(Augment, DoesNothingByDefault) {
  EXPECT_EQ(augmented({}, 0, 0), image);
}

TEST(Augment, FlipsAboutHalfOfTheSamples) {
  int flipped = 0;
  for (std::uint32_t sample = 0; sample < 1000; ++sample) {
    const Bytes to = augmented({.flip = true}, 2, sample);
    if (to != image) {
      ++flipped;
      EXPECT_EQ(to, (Bytes{3, 2, 1, 6, 5, 4}));
    }
  }
  EXPECT_NEAR(flipped, 500, 80);
}

TEST(Augment, ShiftsInEveryDirectionAndFillsWithZeros) {
  Images seen;
  for (std::uint32_t sample = 0; sample < 500; ++sample) {
    const Bytes to = augmented({.shift = 1}, 0, sample);
    seen.insert({to.begin(), to.end()});
  }
  EXPECT_EQ(seen.size(), 9U);
  EXPECT_TRUE(seen.contains({0, 0, 0, 0, 1, 2}));
  EXPECT_TRUE(seen.contains({5, 6, 0, 0, 0, 0}));
  EXPECT_TRUE(seen.contains({0, 1, 2, 0, 4, 5}));
}

TEST(Augment, MovesPixelsOfSeveralChannelsTogether) {
  Bytes to(6);
  Images seen;
  for (std::uint32_t sample = 0; sample < 50; ++sample) {
    augment({.flip = true}, 7, 0, sample, {1, 2, 3}, image, to);
    seen.insert({to.begin(), to.end()});
  }
  EXPECT_EQ(seen, (Images{{1, 2, 3, 4, 5, 6}, {4, 5, 6, 1, 2, 3}}));
}

TEST(Augment, DependsOnEpochAndSampleOnly) {
  const Augmentation how{.shift = 2, .flip = true};
  int differ = 0;
  for (std::uint32_t sample = 0; sample < 100; ++sample) {
    EXPECT_EQ(augmented(how, 1, sample), augmented(how, 1, sample));
    differ += augmented(how, 1, sample) != augmented(how, 2, sample) ? 1 : 0;
  }
  EXPECT_GT(differ, 50);
}

TEST(Augment, RefusesBuffersThatDoNotFit) {
  Bytes to(5);
  EXPECT_THROW(augment({}, 0, 0, 0, {2, 3}, image, to), InvalidArgument);
}

}  // namespace
}  // namespace ridgeback::data
