// SPDX-License-Identifier: Apache-2.0
// The compute queue: numbered submissions, waited for by a timeline semaphore where there is one
// and by fences elsewhere.
#pragma once

#include "ridgeback/gpu/context.hpp"
#include "ridgeback/gpu/unique.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ridgeback::gpu {

using Labels = std::shared_ptr<const std::vector<std::string>>;

/// What a lost device is reported with: the call that noticed and the last launches of the
/// submissions that were not known to be done.
[[nodiscard]] std::string lost_message(std::string_view call, std::span<const Labels> pending);

class Queue {
 public:
  explicit Queue(const Context& context) : context_(context) {}
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;
  ~Queue();

  /// Submits and returns the number of the submission. `labels` say what is in it, for the message
  /// when the device is lost.
  std::uint64_t submit(std::span<const VkCommandBuffer> commands, std::vector<Labels> labels);
  /// Returns when this and all earlier submissions are done.
  void wait(std::uint64_t serial);
  void wait_all() { wait(last_); }
  /// As wait_all, for destructors: gives up silently on a lost device.
  void drain() noexcept;
  [[nodiscard]] bool lost() const { return lost_; }
  [[nodiscard]] bool pending(std::uint64_t serial) const { return serial > done_; }

 private:
  struct Submission {
    std::uint64_t serial = 0;
    UniqueFence fence;  ///< without timeline semaphores
    std::vector<Labels> labels;
  };

  void start();
  void wait_for(const Submission& submission);
  [[nodiscard]] UniqueFence fence();
  void check_lost(VkResult result, std::string_view call);

  const Context& context_;
  UniqueSemaphore timeline_;
  std::deque<Submission> submissions_;
  std::vector<UniqueFence> free_fences_;
  std::uint64_t last_ = 0;
  std::uint64_t done_ = 0;
  bool started_ = false;
  bool lost_ = false;
};

}  // namespace ridgeback::gpu
