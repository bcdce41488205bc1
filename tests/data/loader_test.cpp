// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/data/loader.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/data/prefetch.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <numeric>

namespace ridgeback::data {
namespace {

// Sample i is the two bytes (i, i + 1) and has the label i.
Dataset counting(std::int64_t count) {
  Dataset dataset;
  dataset.sample_shape = {1, 2};
  dataset.classes = count;
  dataset.normalization = {0.0F, 1.0F / 255.0F};
  for (std::int64_t i = 0; i < count; ++i) {
    dataset.train.images.push_back(static_cast<std::uint8_t>(i));
    dataset.train.images.push_back(static_cast<std::uint8_t>(i + 1));
    dataset.train.labels.push_back(static_cast<std::uint32_t>(i));
  }
  dataset.test = dataset.train;
  return dataset;
}

using Labels = std::vector<std::uint32_t>;

TEST(EpochOrder, IsAPermutationThatDependsOnSeedAndEpoch) {
  Labels order = epoch_order(1000, 5, 0);
  EXPECT_EQ(order, epoch_order(1000, 5, 0));
  EXPECT_NE(order, epoch_order(1000, 5, 1));
  EXPECT_NE(order, epoch_order(1000, 6, 0));
  std::sort(order.begin(), order.end());
  Labels all(1000);
  std::iota(all.begin(), all.end(), 0U);
  EXPECT_EQ(order, all);
  EXPECT_TRUE(epoch_order(0, 1, 0).empty());
}

TEST(TrainLoader, GivesEverySampleOnceAnEpochWithItsOwnPixels) {
  const Dataset dataset = counting(12);
  TrainLoader loader(dataset, {.batch = 4, .seed = 3});
  ASSERT_EQ(loader.batches_per_epoch(), 3);
  for (std::int64_t epoch = 0; epoch < 3; ++epoch) {
    Labels seen;
    for (std::int64_t b = 0; b < 3; ++b) {
      const Batch& batch = loader.next();
      EXPECT_EQ(batch.epoch, epoch);
      EXPECT_EQ(batch.index, b);
      EXPECT_EQ(batch.count, 4);
      for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_NEAR(batch.images[2 * i], static_cast<float>(batch.labels[i]), 1e-4F);
        EXPECT_NEAR(batch.images[2 * i + 1], static_cast<float>(batch.labels[i]) + 1, 1e-4F);
      }
      seen.insert(seen.end(), batch.labels.begin(), batch.labels.end());
    }
    EXPECT_EQ(seen, epoch_order(12, 3, epoch));
  }
}

TEST(TrainLoader, StartsAtAnyPositionOfTheSameStream) {
  const Dataset dataset = counting(50);
  const LoaderOptions options{.batch = 8, .seed = 11, .augment = {.shift = 1, .flip = true}};
  TrainLoader whole(dataset, options);
  std::vector<std::vector<float>> images;
  std::vector<Position> positions;
  for (int n = 0; n < 20; ++n) {
    positions.push_back(whole.position());
    images.push_back(whole.next().images);
  }
  EXPECT_EQ(positions[7], (Position{1, 1}));
  for (const std::size_t start : {0U, 1U, 5U, 6U, 13U}) {
    TrainLoader resumed(dataset, options, positions[start]);
    for (std::size_t n = start; n < 20; ++n) {
      EXPECT_EQ(resumed.position(), positions[n]);
      EXPECT_EQ(resumed.next().images, images[n]) << start << " " << n;
    }
  }
}

TEST(TrainLoader, DropsOrPadsTheLastBatch) {
  const Dataset dataset = counting(10);
  EXPECT_EQ(TrainLoader(dataset, {.batch = 4}).batches_per_epoch(), 2);
  TrainLoader padded(dataset, {.batch = 4, .seed = 2, .drop_last = false});
  ASSERT_EQ(padded.batches_per_epoch(), 3);
  padded.next();
  padded.next();
  const Batch& last = padded.next();
  const Labels order = epoch_order(10, 2, 0);
  EXPECT_EQ(last.count, 2);
  EXPECT_EQ(last.labels, (Labels{order[8], order[9], order[0], order[1]}));
}

TEST(TrainLoader, FewerSamplesThanABatchWrapAround) {
  const Dataset dataset = counting(3);
  TrainLoader loader(dataset, {.batch = 8, .seed = 2});
  ASSERT_EQ(loader.batches_per_epoch(), 1);
  const Labels order = epoch_order(3, 2, 0);
  const Batch& batch = loader.next();
  EXPECT_EQ(batch.count, 3);
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(batch.labels[i], order[i % 3]);
  EXPECT_EQ(loader.next().epoch, 1);
}

TEST(TrainLoader, RefusesWhatCannotBe) {
  const Dataset none = counting(0), some = counting(10);
  EXPECT_THROW(TrainLoader(none, {}), InvalidArgument);
  EXPECT_THROW(TrainLoader(some, {.batch = 0}), InvalidArgument);
  EXPECT_THROW(TrainLoader(some, {.batch = 5}, {0, 2}), InvalidArgument);
  EXPECT_THROW(TrainLoader(some, {.batch = 5}, {-1, 0}), InvalidArgument);
  EXPECT_THROW(TrainLoader(some, {.batch = 5, .augment = {.shift = -1}}), InvalidArgument);
}

TEST(EvalLoader, GoesThroughInOrderAndPadsTheLastBatch) {
  const Dataset dataset = counting(10);
  EvalLoader loader(dataset, dataset.test, 4);
  EXPECT_EQ(loader.batches(), 3);
  Labels seen;
  std::int64_t total = 0;
  while (const Batch* batch = loader.next()) {
    EXPECT_EQ(batch->labels.size(), 4U);
    EXPECT_EQ(batch->images.size(), 8U);
    total += batch->count;
    seen.insert(seen.end(), batch->labels.begin(), batch->labels.begin() + batch->count);
  }
  EXPECT_EQ(total, 10);
  Labels all(10);
  std::iota(all.begin(), all.end(), 0U);
  EXPECT_EQ(seen, all);
  EXPECT_EQ(loader.next(), nullptr);
}

TEST(EvalLoader, AnEmptySplitHasNoBatch) {
  const Dataset dataset = counting(5);
  const Split none;
  EvalLoader loader(dataset, none, 4);
  EXPECT_EQ(loader.batches(), 0);
  EXPECT_EQ(loader.next(), nullptr);
}

TEST(Prefetch, PassesOnWhatTheProducerThrows) {
  Prefetch prefetch(
      [](std::int64_t n, Batch& batch) {
        if (n == 3) throw InvalidArgument("third");
        batch.index = n;
      },
      -1, 2);
  for (std::int64_t n = 0; n < 3; ++n) EXPECT_EQ(prefetch.next()->index, n);
  EXPECT_THROW(prefetch.next(), InvalidArgument);
}

TEST(Prefetch, NeverOverwritesTheBatchInUse) {
  Prefetch prefetch(
      [](std::int64_t n, Batch& batch) { batch.labels.assign(4, static_cast<std::uint32_t>(n)); },
      500, 1);
  for (std::uint32_t n = 0; n < 500; ++n) {
    const Batch* batch = prefetch.next();
    for (int spin = 0; spin < 100; ++spin) ASSERT_EQ(batch->labels[3], n);
  }
}

}  // namespace
}  // namespace ridgeback::data
