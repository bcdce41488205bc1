// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/data/drawn.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/data/parallel.hpp"

#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <zlib.h>

namespace ridgeback::data {
namespace {

std::uint32_t checksum(const Split& split) {
  const uLong images = crc32_z(0, split.images.data(), split.images.size());
  return static_cast<std::uint32_t>(crc32_z(images,
                                            reinterpret_cast<const Bytef*>(split.labels.data()),
                                            split.labels.size() * sizeof(std::uint32_t)));
}

TEST(Drawn, IsAValidDataSetOfTheAskedSize) {
  const Dataset digits = drawn_digits({.train = 301, .test = 17, .seed = 9});
  require_valid(digits);
  EXPECT_EQ(digits.train.count(), 301);
  EXPECT_EQ(digits.test.count(), 17);
  EXPECT_EQ(digits.sample_shape, (Shape{28, 28}));
  EXPECT_EQ(digits.classes, 10);
  EXPECT_EQ(digits.normalization, mnist_normalization);
}

TEST(Drawn, HasTheSameBytesOnEveryMachine) {
  const Dataset digits = drawn_digits({.train = 500, .test = 100, .seed = 1});
  EXPECT_EQ(checksum(digits.train), 1240071303U);
  EXPECT_EQ(checksum(digits.test), 3168323273U);
}

TEST(Drawn, ASmallerSetIsAPrefixOfALargerOne) {
  const Dataset small = drawn_digits({.train = 100, .test = 10, .seed = 3});
  const Dataset large = drawn_digits({.train = 400, .test = 70, .seed = 3});
  EXPECT_TRUE(
      std::equal(small.train.images.begin(), small.train.images.end(), large.train.images.begin()));
  EXPECT_TRUE(
      std::equal(small.test.labels.begin(), small.test.labels.end(), large.test.labels.begin()));
}

TEST(Drawn, SeedsAndSplitsDiffer) {
  const Dataset one = drawn_digits({.train = 50, .test = 50, .seed = 1});
  const Dataset two = drawn_digits({.train = 50, .test = 50, .seed = 2});
  EXPECT_NE(one.train.images, two.train.images);
  EXPECT_NE(one.train.images, one.test.images);
}

TEST(Drawn, ClassesAreBalancedAndImagesAreMostlyDark) {
  const Dataset digits = drawn_digits({.train = 5000, .test = 0, .seed = 4});
  std::array<int, 10> counts{};
  for (const std::uint32_t label : digits.train.labels) ++counts[label];
  for (const int count : counts) EXPECT_NEAR(count, 500, 100);
  double sum = 0;
  for (const std::uint8_t byte : digits.train.images) sum += byte;
  EXPECT_NEAR(sum / 255 / static_cast<double>(digits.train.images.size()), 0.13, 0.02);
}

TEST(Drawn, NoSamplesAreFineAndNegativeCountsAreNot) {
  EXPECT_EQ(drawn_digits({.train = 0, .test = 0}).train.count(), 0);
  EXPECT_THROW((void)drawn_digits({.train = -1}), InvalidArgument);
  EXPECT_THROW((void)drawn_digits({.test = -5}), InvalidArgument);
}

// A nearest-centroid rule learns far more than chance and far less than everything: the digits can
// be told apart, and not trivially.
TEST(Drawn, IsLearnableButNotTrivial) {
  const Dataset digits = drawn_digits({.train = 2000, .test = 500, .seed = 5});
  std::vector<double> centroids(10 * 784, 0.0);
  std::array<double, 10> counts{};
  for (std::size_t i = 0; i < 2000; ++i) ++counts[digits.train.labels[i]];
  for (std::size_t i = 0; i < 2000; ++i) {
    const std::size_t label = digits.train.labels[i];
    for (std::size_t p = 0; p < 784; ++p) {
      centroids[label * 784 + p] += digits.train.images[i * 784 + p] / counts[label];
    }
  }
  int right = 0;
  for (std::size_t i = 0; i < 500; ++i) {
    std::array<double, 10> away{};
    for (std::size_t c = 0; c < 10; ++c) {
      for (std::size_t p = 0; p < 784; ++p) {
        const double d = centroids[c * 784 + p] - digits.test.images[i * 784 + p];
        away[c] += d * d;
      }
    }
    const auto best =
        static_cast<std::size_t>(std::min_element(away.begin(), away.end()) - away.begin());
    right += best == digits.test.labels[i] ? 1 : 0;
  }
  EXPECT_GT(right, 200);
  EXPECT_LT(right, 450);
}

TEST(Parallel, RethrowsTheFailureOfTheLowestIndex) {
  for (int round = 0; round < 20; ++round) {
    try {
      parallel_for(
          100,
          [](std::int64_t i) {
            if (i >= 7) throw InvalidArgument(std::to_string(i));
          },
          4);
      FAIL();
    } catch (const InvalidArgument& error) {
      EXPECT_STREQ(error.what(), "7");
    }
  }
}

TEST(Parallel, VisitsEveryIndexOnce) {
  std::vector<int> visits(1000);
  parallel_for(
      1000, [&](std::int64_t i) { ++visits[static_cast<std::size_t>(i)]; }, 8);
  EXPECT_EQ(visits, std::vector<int>(1000, 1));
  parallel_for(0, [](std::int64_t) { FAIL(); });
}

}  // namespace
}  // namespace ridgeback::data
