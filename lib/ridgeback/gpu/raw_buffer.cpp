// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/gpu/raw_buffer.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/gpu/check.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <utility>

namespace ridgeback::gpu {
namespace {

std::uint64_t padded(std::uint64_t bytes, std::string_view purpose) {
  if (bytes > std::uint64_t{1} << 60) {
    throw OutOfMemory(fmt::format("allocate: {} needs {} bytes", purpose, bytes), bytes);
  }
  return (std::max<std::uint64_t>(bytes, 1) + 15) / 16 * 16;
}

}  // namespace

RawBuffer::RawBuffer(const Context& context, Memory& memory, std::uint64_t bytes, Domain domain,
                     std::string_view purpose)
    : memory_(&memory), bytes_(padded(bytes, purpose)) {
  const std::uint64_t largest = context.snapshot().max_buffer_bytes;
  if (largest != 0 && bytes_ > largest) {
    throw OutOfMemory(fmt::format("allocate: {} needs a buffer of {} bytes (the device allows {})",
                                  purpose, bytes_, largest),
                      bytes_);
  }
  const VkBufferCreateInfo info{
      .sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
      .size = bytes_,
      .usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_UNIFORM_TEXEL_BUFFER_BIT |
               VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT,
      .sharingMode = VK_SHARING_MODE_EXCLUSIVE};
  VkBuffer handle = VK_NULL_HANDLE;
  const VkResult result = vkCreateBuffer(context.get(), &info, nullptr, &handle);
  if (result == VK_ERROR_OUT_OF_DEVICE_MEMORY || result == VK_ERROR_OUT_OF_HOST_MEMORY) {
    throw OutOfMemory(fmt::format("allocate: {} needs {} bytes, refused by vkCreateBuffer ({})",
                                  purpose, bytes_, result_name(result)),
                      bytes_);
  }
  check(result, "vkCreateBuffer");
  buffer_ = {context.get(), handle};
  VkMemoryRequirements requirements{};
  vkGetBufferMemoryRequirements(context.get(), handle, &requirements);
  slice_ = memory.allocate(requirements, domain, purpose);
  const VkResult bound =
      vkBindBufferMemory(context.get(), handle, slice_.block->memory.get(), slice_.offset);
  if (bound < 0) {
    memory.release(slice_);
    check(bound, "vkBindBufferMemory");
  }
}

RawBuffer::RawBuffer(RawBuffer&& other) noexcept
    : buffer_(std::move(other.buffer_)),
      memory_(other.memory_),
      slice_(std::exchange(other.slice_, {})),
      bytes_(std::exchange(other.bytes_, 0)) {}

RawBuffer& RawBuffer::operator=(RawBuffer&& other) noexcept {
  if (this != &other) {
    free();
    buffer_ = std::move(other.buffer_);
    memory_ = other.memory_;
    slice_ = std::exchange(other.slice_, {});
    bytes_ = std::exchange(other.bytes_, 0);
  }
  return *this;
}

RawBuffer::~RawBuffer() {
  free();
}

void RawBuffer::free() noexcept {
  buffer_.reset();
  if (memory_ != nullptr) memory_->release(std::exchange(slice_, {}));
}

std::span<std::byte> RawBuffer::mapped() const {
  if (slice_.block == nullptr || slice_.block->mapped == nullptr) return {};
  return {slice_.block->mapped + slice_.offset, static_cast<std::size_t>(bytes_)};
}

}  // namespace ridgeback::gpu
