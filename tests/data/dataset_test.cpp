// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/data/dataset.hpp"

#include "ridgeback/core/error.hpp"

#include <gtest/gtest.h>

namespace ridgeback::data {
namespace {

Dataset tiny() {
  Dataset dataset;
  dataset.name = "tiny";
  dataset.sample_shape = {1, 2};
  dataset.classes = 2;
  dataset.class_names = {"a", "b"};
  dataset.train = {{0, 255, 51, 102, 7, 8}, {0, 1, 0}};
  return dataset;
}

TEST(Dataset, FillsABatchInTheOrderOfTheIndices) {
  const Dataset dataset = tiny();
  std::vector<float> images(6);
  std::vector<std::uint32_t> labels(3);
  fill_batch(dataset.train, 2, {0.2F, 0.5F}, std::vector<std::uint32_t>{1, 0, 1}, images, labels);
  const std::vector<float> expected{0.0F, 0.4F, -0.4F, 1.6F, 0.0F, 0.4F};
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(images[i], expected[i], 1e-6F) << i;
  EXPECT_EQ(labels, (std::vector<std::uint32_t>{1, 0, 1}));
}

TEST(Dataset, RefusesIndicesAndSpansThatDoNotFit) {
  const Dataset dataset = tiny();
  std::vector<float> images(2);
  std::vector<std::uint32_t> labels(1);
  EXPECT_THROW(fill_batch(dataset.train, 2, {}, std::vector<std::uint32_t>{3}, images, labels),
               InvalidArgument);
  EXPECT_THROW(fill_batch(dataset.train, 2, {}, std::vector<std::uint32_t>{0, 1}, images, labels),
               InvalidArgument);
  fill_batch(dataset.train, 2, {}, {}, {}, {});
}

TEST(Dataset, NormalizesGrey28x28AsPublishedAndOthersByTheirOwnStatistics) {
  EXPECT_EQ(default_normalization({28, 28}, {}), mnist_normalization);
  const Normalization own = default_normalization({1, 2}, {{0, 255, 0, 255}, {0, 0}});
  EXPECT_FLOAT_EQ(own.mean, 0.5F);
  EXPECT_FLOAT_EQ(own.stddev, 0.5F);
  EXPECT_EQ(default_normalization({1, 2}, {{51, 51}, {0}}).stddev, 1.0F);
  EXPECT_EQ(default_normalization({1, 2}, {}), Normalization{});
}

TEST(Dataset, IsValidOnlyWhenAllPartsFit) {
  EXPECT_NO_THROW(require_valid(tiny()));
  Dataset dataset = tiny();
  dataset.train.labels[1] = 2;
  EXPECT_THROW(require_valid(dataset), InvalidArgument);
  dataset = tiny();
  dataset.train.images.pop_back();
  EXPECT_THROW(require_valid(dataset), InvalidArgument);
  dataset = tiny();
  dataset.class_names.pop_back();
  EXPECT_THROW(require_valid(dataset), InvalidArgument);
  dataset = tiny();
  dataset.normalization.stddev = 0;
  EXPECT_THROW(require_valid(dataset), InvalidArgument);
}

}  // namespace
}  // namespace ridgeback::data
