// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/data/loader.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/core/random.hpp"
#include "ridgeback/data/prefetch.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <limits>
#include <numeric>
#include <utility>

namespace ridgeback::data {
namespace {

// The upper half of a stream number, so that shuffling shares no stream with other users of a seed.
constexpr std::uint64_t shuffle_streams = std::uint64_t{0x73687566U} << 32;

constexpr std::uint64_t offset_streams = std::uint64_t{0x6F666673U} << 32;

void require_indexable(const Split& split, std::int64_t batch) {
  require(batch >= 1, fmt::format("loader: batch must be at least 1 (got {})", batch));
  require(split.count() <= std::numeric_limits<std::uint32_t>::max(),
          "loader: more than 2^32 - 1 samples");
}

// Sizes the arrays of a batch; a recycled batch keeps its memory.
void prepare(Batch& batch, std::int64_t samples, const Dataset& dataset) {
  const auto values = static_cast<std::size_t>(samples * dataset.sample_size());
  batch.images.resize(dataset.is_text() ? 0 : values);
  batch.tokens.resize(dataset.is_text() ? values : 0);
  batch.labels.resize(static_cast<std::size_t>(samples * dataset.labels_per_sample()));
}

// Sample `row` of a batch: the window of a text at `start`, and the tokens that follow each of it.
void copy_window(const Split& split, std::int64_t start, std::int64_t row, Batch& batch) {
  const auto first = split.tokens.begin() + start;
  const std::int64_t at = row * split.context;
  std::copy_n(first, split.context, batch.tokens.begin() + at);
  std::copy_n(first + 1, split.context, batch.labels.begin() + at);
}

// Makes the batches of the training stream. Runs on the prefetching thread only.
class TrainSource {
 public:
  TrainSource(const Dataset& dataset, const LoaderOptions& options)
      : dataset_(dataset), options_(options), table_(normalization_table(dataset.normalization)) {}

  void fill(Position at, Batch& batch) {
    const std::int64_t count = dataset_.train.count();
    if (at.epoch != epoch_) {
      order_ = epoch_order(count, options_.seed, at.epoch);
      epoch_ = at.epoch;
    }
    prepare(batch, options_.batch, dataset_);
    const std::int64_t first = at.batch * options_.batch;
    batch.count = std::min(options_.batch, count - first);
    batch.epoch = at.epoch;
    batch.index = at.batch;
    for (std::int64_t i = 0; i < options_.batch; ++i) {
      const std::uint32_t sample = order_[static_cast<std::size_t>((first + i) % count)];
      const auto row = static_cast<std::size_t>(i);
      if (dataset_.is_text()) {
        const Split& text = dataset_.train;
        copy_window(text, window_start(text, sample, options_.seed, at.epoch), i, batch);
        continue;
      }
      write_sample(sample, at.epoch, batch.images.data() + i * dataset_.sample_size());
      batch.labels[row] = dataset_.train.labels[sample];
    }
  }

 private:
  void write_sample(std::uint32_t sample, std::int64_t epoch, float* to) {
    const auto size = static_cast<std::size_t>(dataset_.sample_size());
    std::span<const std::uint8_t> bytes(dataset_.train.images.data() + sample * size, size);
    if (options_.augment.any()) {
      augmented_.resize(size);
      augment(options_.augment, options_.seed, epoch, sample, dataset_.sample_shape, bytes,
              augmented_);
      bytes = augmented_;
    }
    std::transform(bytes.begin(), bytes.end(), to, [&](std::uint8_t b) { return table_[b]; });
  }

  const Dataset& dataset_;
  LoaderOptions options_;
  std::vector<float> table_;
  std::vector<std::uint32_t> order_;
  std::vector<std::uint8_t> augmented_;
  std::int64_t epoch_ = -1;  // of order_
};

std::int64_t train_batches(std::int64_t count, const LoaderOptions& options) {
  if (options.drop_last) return std::max<std::int64_t>(count / options.batch, 1);
  return ceil_div(count, options.batch);
}

}  // namespace

std::vector<std::uint32_t> epoch_order(std::int64_t count, std::uint64_t seed, std::int64_t epoch) {
  std::vector<std::uint32_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0U);
  Random random(seed, shuffle_streams + static_cast<std::uint64_t>(epoch));
  for (std::size_t left = order.size(); left > 1; --left) {
    std::swap(order[left - 1], order[random.below(static_cast<std::uint32_t>(left))]);
  }
  return order;
}

std::int64_t window_start(const Split& split, std::int64_t index, std::uint64_t seed,
                          std::int64_t epoch) {
  Random random(seed, offset_streams + static_cast<std::uint64_t>(epoch));
  const std::int64_t offset = random.below(static_cast<std::uint32_t>(split.context));
  const std::int64_t last = static_cast<std::int64_t>(split.tokens.size()) - 1 - split.context;
  return std::min(index * split.context + offset, last);
}

struct TrainLoader::Impl {
  Impl(const Dataset& dataset, const LoaderOptions& options, Position start)
      : per_epoch(train_batches(dataset.train.count(), options)),
        first(start.epoch * per_epoch + start.batch),
        source(dataset, options),
        prefetch([this](std::int64_t n, Batch& batch) { source.fill(position(first + n), batch); },
                 -1, options.prefetch) {}

  [[nodiscard]] Position position(std::int64_t n) const { return {n / per_epoch, n % per_epoch}; }

  std::int64_t per_epoch;
  std::int64_t first;
  std::int64_t taken = 0;
  TrainSource source;
  Prefetch prefetch;  // last: its thread uses the members above
};

TrainLoader::TrainLoader(const Dataset& dataset, const LoaderOptions& options, Position start) {
  require_indexable(dataset.train, options.batch);
  require(dataset.train.count() > 0, "loader: the training split is empty");
  require(options.augment.shift >= 0, "loader: shift must not be negative");
  require(!dataset.is_text() || !options.augment.any(),
          "loader: text cannot be moved or mirrored as images are");
  const std::int64_t per_epoch = train_batches(dataset.train.count(), options);
  require(start.epoch >= 0 && start.batch >= 0 && start.batch < per_epoch &&
              start.epoch < std::numeric_limits<std::int64_t>::max() / per_epoch - 1,
          fmt::format("loader: no such position (got epoch {} batch {} of {})", start.epoch,
                      start.batch, per_epoch));
  impl_ = std::make_unique<Impl>(dataset, options, start);
}

TrainLoader::TrainLoader(TrainLoader&&) noexcept = default;
TrainLoader& TrainLoader::operator=(TrainLoader&&) noexcept = default;
TrainLoader::~TrainLoader() = default;

std::int64_t TrainLoader::batches_per_epoch() const {
  return impl_->per_epoch;
}

const Batch& TrainLoader::next() {
  const Batch* batch = impl_->prefetch.next();
  ++impl_->taken;
  return *batch;
}

Position TrainLoader::position() const {
  return impl_->position(impl_->first + impl_->taken);
}

struct EvalLoader::Impl {
  Impl(const Dataset& dataset, const Split& split, std::int64_t batch, int depth)
      : count(ceil_div(split.count(), batch)),
        prefetch([&dataset, &split, batch](std::int64_t n,
                                           Batch& to) { fill(dataset, split, batch, n, to); },
                 count, depth) {}

  static void fill(const Dataset& dataset, const Split& split, std::int64_t size, std::int64_t n,
                   Batch& batch) {
    prepare(batch, size, dataset);
    const std::int64_t first = n * size;
    batch.count = std::min(size, split.count() - first);
    batch.index = n;
    if (dataset.is_text()) {
      for (std::int64_t i = 0; i < size; ++i)
        copy_window(split, (first + i) % split.count() * split.context, i, batch);
      return;
    }
    std::vector<std::uint32_t> indices(static_cast<std::size_t>(size));
    for (std::int64_t i = 0; i < size; ++i) {
      indices[static_cast<std::size_t>(i)] =
          static_cast<std::uint32_t>((first + i) % split.count());
    }
    fill_batch(split, dataset.sample_size(), dataset.normalization, indices, batch.images,
               batch.labels);
  }

  std::int64_t count;
  Prefetch prefetch;
};

EvalLoader::EvalLoader(const Dataset& dataset, const Split& split, std::int64_t batch,
                       int prefetch) {
  require_indexable(split, batch);
  impl_ = std::make_unique<Impl>(dataset, split, batch, prefetch);
}

EvalLoader::EvalLoader(EvalLoader&&) noexcept = default;
EvalLoader& EvalLoader::operator=(EvalLoader&&) noexcept = default;
EvalLoader::~EvalLoader() = default;

std::int64_t EvalLoader::batches() const {
  return impl_->count;
}

const Batch* EvalLoader::next() {
  return impl_->prefetch.next();
}

}  // namespace ridgeback::data
