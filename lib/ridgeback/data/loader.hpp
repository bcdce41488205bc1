// SPDX-License-Identifier: Apache-2.0
// Batches of a data set, prepared by a background thread: a shuffled endless stream for training,
// which can start at any position, and one sequential pass for evaluation.
#pragma once

#include "ridgeback/data/augment.hpp"
#include "ridgeback/data/dataset.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace ridgeback::data {

/// One batch. Its arrays always have the full batch size, because graphs are static; from sample
/// `count` on they are padding.
struct Batch {
  std::vector<float> images;          ///< [batch, sample_size], normalized; empty for text
  std::vector<std::uint32_t> tokens;  ///< of text: [batch, context]
  std::vector<std::uint32_t> labels;  ///< [batch]; of text: [batch, context], the next tokens
  std::int64_t count = 0;             ///< samples that are not padding
  std::int64_t epoch = 0;
  std::int64_t index = 0;  ///< of the batch within its epoch
};

/// Where a training stream stands: the next batch is number `batch` of epoch `epoch`.
struct Position {
  std::int64_t epoch = 0;
  std::int64_t batch = 0;

  bool operator==(const Position&) const = default;
};

struct LoaderOptions {
  std::int64_t batch = 128;
  std::uint64_t seed = 1;
  /// Leave out the samples that do not fill a batch. Otherwise the last batch of an epoch is
  /// padded by wrapping around to the start of the epoch's order. A data set with fewer samples
  /// than a batch always gives one batch an epoch, padded in that way, so that training has a
  /// step.
  bool drop_last = true;
  Augmentation augment;
  int prefetch = 4;  ///< batches prepared ahead
};

/// The order of an epoch: a permutation of 0..count-1 that depends on (count, seed, epoch) only.
[[nodiscard]] std::vector<std::uint32_t> epoch_order(std::int64_t count, std::uint64_t seed,
                                                     std::int64_t epoch);

/// Where window `index` of a text starts in an epoch of training: windows lie side by side, moved
/// together by an offset that depends on (seed, epoch), so that epochs cut the text at other
/// places; the last window ends with the text at most. index is below split.count().
[[nodiscard]] std::int64_t window_start(const Split& split, std::int64_t index, std::uint64_t seed,
                                        std::int64_t epoch);

/// The endless stream of training batches: after the last batch of an epoch comes the first of the
/// next. Every batch is a pure function of (data, options, position). Refers to the data set, which
/// must outlive it.
class TrainLoader {
 public:
  /// Throws InvalidArgument for an empty training split, a batch below 1 or a position that does
  /// not exist, and for augmented text.
  TrainLoader(const Dataset& dataset, const LoaderOptions& options, Position start = {});
  TrainLoader(Dataset&&, const LoaderOptions&, Position = {}) = delete;
  TrainLoader(TrainLoader&&) noexcept;
  TrainLoader& operator=(TrainLoader&&) noexcept;
  ~TrainLoader();

  [[nodiscard]] std::int64_t batches_per_epoch() const;
  /// The next batch; valid until the next call.
  const Batch& next();
  /// The position of the batch that next() will return: what a checkpoint stores.
  [[nodiscard]] Position position() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// One pass over a split in its stored order, without augmentation. The last batch is padded with
/// samples from the start of the split; `count` tells how many are its own.
class EvalLoader {
 public:
  /// An empty split gives no batch. The split and data set must outlive the loader.
  EvalLoader(const Dataset& dataset, const Split& split, std::int64_t batch, int prefetch = 4);
  EvalLoader(EvalLoader&&) noexcept;
  EvalLoader& operator=(EvalLoader&&) noexcept;
  ~EvalLoader();

  [[nodiscard]] std::int64_t batches() const;
  /// The next batch, valid until the next call, or nullptr after the last.
  const Batch* next();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ridgeback::data
