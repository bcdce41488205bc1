// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/data/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace ridgeback::data {

void parallel_for(std::int64_t count, const std::function<void(std::int64_t)>& work, int threads) {
  std::atomic<std::int64_t> next{0};
  std::atomic<bool> failed{false};
  std::mutex mutex;
  std::exception_ptr failure;
  std::int64_t failed_at = count;

  // Indices below a failing one were handed out before it and run to their end, so the lowest
  // failure is the same in every run.
  const auto loop = [&] {
    while (!failed.load()) {
      const std::int64_t i = next.fetch_add(1);
      if (i >= count) return;
      try {
        work(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (i < failed_at) {
          failed_at = i;
          failure = std::current_exception();
        }
        failed.store(true);
      }
    }
  };

  if (threads <= 0) threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const std::int64_t wanted = std::min<std::int64_t>({threads, count, 64});
  std::vector<std::jthread> helpers;
  for (std::int64_t t = 1; t < wanted; ++t) helpers.emplace_back(loop);
  loop();
  for (std::jthread& helper : helpers) helper.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace ridgeback::data
