// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/gpu/device.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/gpu/buffer.hpp"
#include "ridgeback/gpu/command_buffer.hpp"
#include "ridgeback/gpu/enumerate.hpp"
#include "ridgeback/gpu/vulkan_device.hpp"

#include <algorithm>
#include <cstring>
#include <fmt/core.h>
#include <utility>

namespace ridgeback::gpu {
namespace {

// The cache is saved when this many pipelines are new, so that a crash loses little.
constexpr std::size_t save_every = 64;

void require_inside(const Buffer& buffer, const VulkanDevice& device, std::uint64_t offset,
                    std::size_t bytes, std::string_view what) {
  require(static_cast<bool>(buffer), fmt::format("{}: no buffer", what));
  require(buffer.impl().device.get() == &device,
          fmt::format("{}: the buffer is of another device", what));
  require(offset % 4 == 0,
          fmt::format("{}: offset must be a multiple of 4 (got {})", what, offset));
  require(offset <= buffer.bytes() && bytes <= buffer.bytes() - offset,
          fmt::format("{}: range outside the buffer (got {} + {}, expected at most {})", what,
                      offset, bytes, buffer.bytes()));
}

}  // namespace

std::shared_ptr<Device> Device::open(const std::string& selector) {
  return open(selector, PlanOptions::from_environment());
}

std::shared_ptr<Device> Device::open(const std::string& selector, const PlanOptions& options) {
  std::shared_ptr<Instance> instance = Instance::create();
  std::vector<PhysicalDevice> devices = read_devices(*instance);
  std::vector<DeviceSnapshot> snapshots;
  for (const PhysicalDevice& device : devices) snapshots.push_back(device.snapshot);
  const std::size_t chosen = choose_device(snapshots, selector, options);
  DevicePlan plan = plan_device(snapshots[chosen], options);
  return std::make_shared<VulkanDevice>(std::move(instance), std::move(devices[chosen]),
                                        std::move(plan));
}

VulkanDevice::VulkanDevice(std::shared_ptr<Instance> instance, PhysicalDevice physical,
                           DevicePlan plan)
    : context_(std::move(instance), std::move(physical), std::move(plan)),
      memory_(context_),
      queue_(context_),
      cache_(context_),
      pipelines_(context_),
      staging_(context_, memory_, queue_) {}

VulkanDevice::~VulkanDevice() {
  queue_.drain();
  if (!queue_.lost()) cache_.save();
}

Buffer VulkanDevice::allocate(std::uint64_t bytes, Domain domain, std::string_view purpose) {
  RawBuffer raw(context_, memory_, bytes, domain, purpose);
  bytes_in_use_ += raw.bytes();
  peak_bytes_ = std::max(peak_bytes_, bytes_in_use_);
  auto self = std::static_pointer_cast<VulkanDevice>(shared_from_this());
  return Buffer(std::make_unique<Buffer::Impl>(std::move(self), std::move(raw), bytes, domain));
}

bool VulkanDevice::direct(const Buffer::Impl& buffer) const {
  if (buffer.raw.mapped().empty()) return false;
  return buffer.domain != Domain::device || plan().direct_transfer;
}

void VulkanDevice::upload(const Buffer& buffer, std::uint64_t offset,
                          std::span<const std::byte> bytes) {
  require_inside(buffer, *this, offset, bytes.size(), "upload");
  if (bytes.empty()) return;
  const RawBuffer& raw = buffer.impl().raw;
  if (!direct(buffer.impl())) return staging_.upload(raw, offset, bytes);
  // Work in flight may still read what is about to change.
  queue_.wait_all();
  std::memcpy(raw.mapped().data() + offset, bytes.data(), bytes.size());
  raw.flush();
}

void VulkanDevice::download(const Buffer& buffer, std::uint64_t offset,
                            std::span<std::byte> bytes) {
  require_inside(buffer, *this, offset, bytes.size(), "download");
  if (bytes.empty()) return;
  const RawBuffer& raw = buffer.impl().raw;
  // The host reads uncached memory so slowly that a copy through the ring is faster.
  if (!direct(buffer.impl()) || !raw.cached()) return staging_.download(raw, offset, bytes);
  queue_.wait_all();
  raw.invalidate();
  std::memcpy(bytes.data(), raw.mapped().data() + offset, bytes.size());
}

const Pipeline& VulkanDevice::pipeline(const PipelineKey& key) {
  const std::size_t before = pipelines_.made();
  const Pipeline& found = pipelines_.get(key, cache_.get());
  if (pipelines_.made() != before) {
    cache_.note_new_pipeline();
    if (pipelines_.made() % save_every == 0) cache_.save();
  }
  return found;
}

CommandBuffer VulkanDevice::record(std::uint32_t timestamp_slots) {
  auto self = std::static_pointer_cast<VulkanDevice>(shared_from_this());
  return CommandBuffer(std::make_unique<CommandBuffer::Impl>(std::move(self), timestamp_slots));
}

void VulkanDevice::submit(std::span<CommandBuffer* const> commands) {
  std::vector<CommandBuffer::Impl*> batch;
  const auto flush = [&] {
    if (batch.empty()) return;
    std::vector<VkCommandBuffer> handles;
    std::vector<Labels> labels;
    for (CommandBuffer::Impl* one : batch) {
      handles.push_back(one->handle);
      labels.push_back(one->labels);
    }
    const std::uint64_t submission = queue_.submit(handles, std::move(labels));
    for (CommandBuffer::Impl* one : batch) one->submission = submission;
    batch.clear();
  };
  for (CommandBuffer* const buffer : commands) {
    CommandBuffer::Impl& impl = buffer->impl();
    require(impl.device.get() == this, "submit: the command buffer is of another device");
    require(!impl.recording, "submit: the command buffer is not finished");
    // One submission of a command buffer at a time: a repetition waits for the one before.
    if (std::find(batch.begin(), batch.end(), &impl) != batch.end()) flush();
    queue_.wait(impl.submission);
    batch.push_back(&impl);
  }
  flush();
}

void VulkanDevice::wait() {
  queue_.wait_all();
}

}  // namespace ridgeback::gpu
