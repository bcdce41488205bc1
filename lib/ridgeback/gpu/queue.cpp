// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/gpu/queue.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/core/log.hpp"
#include "ridgeback/gpu/check.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <limits>

namespace ridgeback::gpu {
namespace {

// Drivers queue submissions in finite memory; a step is a few, so this never waits in practice.
constexpr std::size_t max_in_flight = 64;
constexpr std::size_t labels_in_message = 8;
constexpr std::uint64_t forever = std::numeric_limits<std::uint64_t>::max();

}  // namespace

std::string lost_message(std::string_view call, std::span<const Labels> pending) {
  std::vector<std::string> names;
  for (const Labels& labels : pending) names.insert(names.end(), labels->begin(), labels->end());
  if (names.size() > labels_in_message) {
    names.erase(names.begin(), names.end() - static_cast<std::ptrdiff_t>(labels_in_message));
  }
  return fmt::format(
      "{}: the device was lost (a launch ran too long, or the driver failed); last launches: {}",
      call, names.empty() ? "none recorded" : fmt::format("{}", fmt::join(names, ", ")));
}

// Made at the first submission: drivers that only compile, such as RADV without hardware, have no
// semaphores to give. Whoever refuses one is waited for by fences.
void Queue::start() {
  if (started_) return;
  started_ = true;
  if (!context_.has(Capability::timeline_semaphore)) return;
  const VkSemaphoreTypeCreateInfo type{.sType = VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO,
                                       .semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE};
  const VkSemaphoreCreateInfo info{.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO,
                                   .pNext = &type};
  VkSemaphore semaphore = VK_NULL_HANDLE;
  const VkResult result = vkCreateSemaphore(context_.get(), &info, nullptr, &semaphore);
  if (result == VK_SUCCESS) {
    timeline_ = {context_.get(), semaphore};
  } else {
    logging::debug(fmt::format("no timeline semaphore ({}): fences are used", result_name(result)));
  }
}

Queue::~Queue() {
  drain();
}

UniqueFence Queue::fence() {
  if (!free_fences_.empty()) {
    UniqueFence reused = std::move(free_fences_.back());
    free_fences_.pop_back();
    const VkFence handle = reused.get();
    check(vkResetFences(context_.get(), 1, &handle), "vkResetFences");
    return reused;
  }
  const VkFenceCreateInfo info{.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
  VkFence handle = VK_NULL_HANDLE;
  check(vkCreateFence(context_.get(), &info, nullptr, &handle), "vkCreateFence");
  return {context_.get(), handle};
}

std::uint64_t Queue::submit(std::span<const VkCommandBuffer> commands, std::vector<Labels> labels) {
  if (lost_) check_lost(VK_ERROR_DEVICE_LOST, "vkQueueSubmit");
  start();
  if (submissions_.size() >= max_in_flight) wait(submissions_.front().serial);
  const std::uint64_t serial = last_ + 1;
  const VkSemaphore semaphore = timeline_.get();
  const VkTimelineSemaphoreSubmitInfo values{
      .sType = VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO,
      .signalSemaphoreValueCount = 1,
      .pSignalSemaphoreValues = &serial};
  const bool timeline = static_cast<bool>(timeline_);
  const VkSubmitInfo info{.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
                          .pNext = timeline ? &values : nullptr,
                          .commandBufferCount = static_cast<std::uint32_t>(commands.size()),
                          .pCommandBuffers = commands.data(),
                          .signalSemaphoreCount = timeline ? 1U : 0U,
                          .pSignalSemaphores = timeline ? &semaphore : nullptr};
  Submission& submission = submissions_.emplace_back();
  submission.serial = serial;
  submission.labels = std::move(labels);
  try {
    if (!timeline) submission.fence = fence();
    check_lost(vkQueueSubmit(context_.queue(), 1, &info, submission.fence.get()), "vkQueueSubmit");
  } catch (...) {
    submissions_.pop_back();
    throw;
  }
  last_ = serial;
  return serial;
}

void Queue::wait_for(const Submission& submission) {
  if (timeline_) {
    const VkSemaphore semaphore = timeline_.get();
    const VkSemaphoreWaitInfo info{.sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO,
                                   .semaphoreCount = 1,
                                   .pSemaphores = &semaphore,
                                   .pValues = &submission.serial};
    check_lost(context_.functions().wait_semaphores(context_.get(), &info, forever),
               "vkWaitSemaphores");
    return;
  }
  const VkFence handle = submission.fence.get();
  check_lost(vkWaitForFences(context_.get(), 1, &handle, VK_TRUE, forever), "vkWaitForFences");
}

void Queue::wait(std::uint64_t serial) {
  if (lost_) check_lost(VK_ERROR_DEVICE_LOST, "wait");
  if (!pending(serial)) return;
  // The newest submission that is waited for says the same of all before it. Fences, unlike a
  // timeline, need not signal in order, so each is waited for.
  const auto last = std::find_if(submissions_.begin(), submissions_.end(),
                                 [serial](const Submission& s) { return s.serial == serial; });
  if (last == submissions_.end()) return;
  if (timeline_) wait_for(*last);
  while (!submissions_.empty() && submissions_.front().serial <= serial) {
    if (!timeline_) {
      wait_for(submissions_.front());
      free_fences_.push_back(std::move(submissions_.front().fence));
    }
    done_ = submissions_.front().serial;
    submissions_.pop_front();
  }
}

void Queue::drain() noexcept {
  try {
    if (!lost_) wait_all();
  } catch (...) {
    // The device is lost: nothing runs any more.
    lost_ = true;
  }
}

void Queue::check_lost(VkResult result, std::string_view call) {
  if (result != VK_ERROR_DEVICE_LOST) {
    check(result, call);
    return;
  }
  lost_ = true;
  std::vector<Labels> pending;
  for (const Submission& submission : submissions_) {
    pending.insert(pending.end(), submission.labels.begin(), submission.labels.end());
  }
  throw DeviceError(lost_message(call, pending), result);
}

}  // namespace ridgeback::gpu
