// SPDX-License-Identifier: Apache-2.0
// A background thread that prepares numbered batches in order, a bounded number ahead.
#pragma once

#include "ridgeback/data/loader.hpp"

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace ridgeback::data {

/// Internal to the loaders. Calls `fill(n, batch)` for n = 0, 1, ... `count`-1 on its own thread
/// and hands the results out in order. Batches are recycled: a warm queue allocates nothing.
class Prefetch {
 public:
  using Fill = std::function<void(std::int64_t, Batch&)>;
  /// `depth` batches are prepared ahead (at least 1). A negative `count` never ends.
  Prefetch(Fill fill, std::int64_t count, int depth);
  Prefetch(const Prefetch&) = delete;
  Prefetch& operator=(const Prefetch&) = delete;
  ~Prefetch();

  /// The next batch, valid until the next call; nullptr after the last. Rethrows what `fill` threw.
  const Batch* next();

 private:
  void work();

  Fill fill_;
  std::int64_t count_;
  std::vector<Batch> ring_;  // batch n lies in slot n mod size
  std::mutex mutex_;
  std::condition_variable changed_;
  std::int64_t made_ = 0;   // batches filled
  std::int64_t taken_ = 0;  // batches handed out; the last of them is still in use
  bool stop_ = false;
  std::exception_ptr failure_;
  std::thread thread_;
};

}  // namespace ridgeback::data
