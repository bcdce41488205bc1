// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/data/prefetch.hpp"

#include <algorithm>
#include <utility>

namespace ridgeback::data {

// One slot more than the depth: the batch that the caller holds.
Prefetch::Prefetch(Fill fill, std::int64_t count, int depth)
    : fill_(std::move(fill)),
      count_(count),
      ring_(static_cast<std::size_t>(std::max(depth, 1)) + 1) {
  thread_ = std::thread([this] { work(); });
}

Prefetch::~Prefetch() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Prefetch::work() {
  const auto slots = static_cast<std::int64_t>(ring_.size());
  for (std::int64_t n = 0; count_ < 0 || n < count_; ++n) {
    {
      std::unique_lock lock(mutex_);
      // Slot n mod slots held batch n - slots; it is free once a later one was handed out.
      changed_.wait(lock, [&] { return stop_ || n - slots < taken_ - 1 || n < slots; });
      if (stop_) return;
    }
    try {
      fill_(n, ring_[static_cast<std::size_t>(n % slots)]);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      failure_ = std::current_exception();
      changed_.notify_all();
      return;
    }
    const std::lock_guard lock(mutex_);
    made_ = n + 1;
    changed_.notify_all();
  }
}

const Batch* Prefetch::next() {
  std::unique_lock lock(mutex_);
  if (count_ >= 0 && taken_ >= count_) return nullptr;
  ++taken_;
  changed_.notify_all();
  changed_.wait(lock, [&] { return made_ >= taken_ || failure_ != nullptr; });
  if (made_ < taken_) std::rethrow_exception(failure_);
  return &ring_[static_cast<std::size_t>((taken_ - 1) % static_cast<std::int64_t>(ring_.size()))];
}

}  // namespace ridgeback::data
