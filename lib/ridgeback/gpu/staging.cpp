// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/gpu/staging.hpp"

#include "ridgeback/gpu/barrier.hpp"
#include "ridgeback/gpu/check.hpp"

#include <algorithm>
#include <cstring>

namespace ridgeback::gpu {
namespace {

std::uint64_t whole_words(std::uint64_t bytes) {
  return (bytes + 3) / 4 * 4;
}

}  // namespace

void Staging::prepare(Ring& ring, Domain domain) {
  for (Slot& slot : ring) {
    if (slot.pool) continue;
    const VkCommandPoolCreateInfo pool_info{.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
                                            .flags = VK_COMMAND_POOL_CREATE_TRANSIENT_BIT,
                                            .queueFamilyIndex = context_.plan().queue_family};
    VkCommandPool pool = VK_NULL_HANDLE;
    check(vkCreateCommandPool(context_.get(), &pool_info, nullptr, &pool), "vkCreateCommandPool");
    UniqueCommandPool owned(context_.get(), pool);
    const VkCommandBufferAllocateInfo info{.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                           .commandPool = pool,
                                           .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                           .commandBufferCount = 1};
    check(vkAllocateCommandBuffers(context_.get(), &info, &slot.commands),
          "vkAllocateCommandBuffers");
    slot.buffer = RawBuffer(context_, memory_, chunk_bytes, domain, "the staging ring");
    slot.pool = std::move(owned);
  }
}

void Staging::copy(Slot& slot, VkBuffer from, VkBuffer to, VkBufferCopy region) {
  check(vkResetCommandPool(context_.get(), slot.pool.get(), 0), "vkResetCommandPool");
  const VkCommandBufferBeginInfo begin{.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
                                       .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT};
  check(vkBeginCommandBuffer(slot.commands, &begin), "vkBeginCommandBuffer");
  full_barrier(slot.commands);
  vkCmdCopyBuffer(slot.commands, from, to, 1, &region);
  full_barrier(slot.commands);
  check(vkEndCommandBuffer(slot.commands), "vkEndCommandBuffer");
  slot.submission = queue_.submit({&slot.commands, 1}, {});
}

// Waits for a slot and, after a download, hands its bytes to the caller.
void Staging::collect(Slot& slot) {
  queue_.wait(slot.submission);
  if (slot.target.empty()) return;
  slot.buffer.invalidate();
  std::memcpy(slot.target.data(), slot.buffer.mapped().data(), slot.target.size());
  slot.target = {};
}

void Staging::upload(const RawBuffer& to, std::uint64_t offset, std::span<const std::byte> bytes) {
  prepare(up_, Domain::upload);
  std::size_t turn = 0;
  for (std::uint64_t done = 0; done < bytes.size(); done += chunk_bytes) {
    Slot& slot = up_[turn++ % up_.size()];
    collect(slot);
    const auto chunk =
        bytes.subspan(done, std::min<std::uint64_t>(chunk_bytes, bytes.size() - done));
    const std::span<std::byte> mapped = slot.buffer.mapped();
    std::memcpy(mapped.data(), chunk.data(), chunk.size());
    const std::uint64_t length = whole_words(chunk.size());
    std::fill(mapped.begin() + static_cast<std::ptrdiff_t>(chunk.size()),
              mapped.begin() + static_cast<std::ptrdiff_t>(length), std::byte{0});
    slot.buffer.flush();
    copy(slot, slot.buffer.get(), to.get(),
         {.srcOffset = 0, .dstOffset = offset + done, .size = length});
  }
  for (Slot& slot : up_) collect(slot);
}

void Staging::download(const RawBuffer& from, std::uint64_t offset, std::span<std::byte> bytes) {
  prepare(down_, Domain::readback);
  // After an error no slot may still point into an earlier caller's memory.
  for (Slot& slot : down_) slot.target = {};
  std::size_t turn = 0;
  for (std::uint64_t done = 0; done < bytes.size(); done += chunk_bytes) {
    Slot& slot = down_[turn++ % down_.size()];
    collect(slot);
    const auto chunk =
        bytes.subspan(done, std::min<std::uint64_t>(chunk_bytes, bytes.size() - done));
    copy(slot, from.get(), slot.buffer.get(),
         {.srcOffset = offset + done, .dstOffset = 0, .size = whole_words(chunk.size())});
    slot.target = chunk;
  }
  for (Slot& slot : down_) collect(slot);
}

}  // namespace ridgeback::gpu
