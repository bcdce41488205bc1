// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/gpu/command_buffer.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/gpu/barrier.hpp"
#include "ridgeback/gpu/check.hpp"
#include "ridgeback/gpu/vulkan_device.hpp"

#include <array>
#include <fmt/core.h>
#include <utility>

namespace ridgeback::gpu {
namespace {

constexpr std::uint32_t sets_per_pool = 128;

}  // namespace

CommandBuffer::Impl::Impl(std::shared_ptr<VulkanDevice> owner, std::uint32_t timestamp_slots)
    : device(std::move(owner)), labels(std::make_shared<std::vector<std::string>>()) {
  const Context& context = device->context();
  const VkCommandPoolCreateInfo pool_info{.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
                                          .queueFamilyIndex = context.plan().queue_family};
  VkCommandPool pool_handle = VK_NULL_HANDLE;
  check(vkCreateCommandPool(context.get(), &pool_info, nullptr, &pool_handle),
        "vkCreateCommandPool");
  pool = {context.get(), pool_handle};
  const VkCommandBufferAllocateInfo info{.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
                                         .commandPool = pool_handle,
                                         .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
                                         .commandBufferCount = 1};
  check(vkAllocateCommandBuffers(context.get(), &info, &handle), "vkAllocateCommandBuffers");
  const VkCommandBufferBeginInfo begin{.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
  check(vkBeginCommandBuffer(handle, &begin), "vkBeginCommandBuffer");

  const auto& family = context.snapshot().queue_families[context.plan().queue_family];
  if (timestamp_slots > 0 && family.timestamp_bits > 0) {
    const VkQueryPoolCreateInfo query_info{.sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO,
                                           .queryType = VK_QUERY_TYPE_TIMESTAMP,
                                           .queryCount = timestamp_slots};
    VkQueryPool query_handle = VK_NULL_HANDLE;
    check(vkCreateQueryPool(context.get(), &query_info, nullptr, &query_handle),
          "vkCreateQueryPool");
    queries = {context.get(), query_handle};
    vkCmdResetQueryPool(handle, query_handle, 0, timestamp_slots);
  }
  slot_written.resize(timestamp_slots);
  // Submission order alone makes nothing visible: what ran before must be seen here.
  full_barrier(handle);
}

CommandBuffer::Impl::~Impl() {
  if (submission != 0 && device->queue().pending(submission)) device->queue().drain();
}

void CommandBuffer::Impl::require_recording(const char* what) const {
  require(recording, fmt::format("{}: the command buffer is finished", what));
}

void CommandBuffer::Impl::add_descriptor_pool() {
  // Enough for sets of the baseline; a larger set makes a further pool sooner.
  constexpr std::uint32_t most = sets_per_pool * Limits{}.max_storage_buffers;
  const std::array<VkDescriptorPoolSize, 2> sizes{
      {{.type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, .descriptorCount = most},
       {.type = VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER, .descriptorCount = most}}};
  const VkDescriptorPoolCreateInfo info{.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
                                        .maxSets = sets_per_pool,
                                        .poolSizeCount = static_cast<std::uint32_t>(sizes.size()),
                                        .pPoolSizes = sizes.data()};
  VkDescriptorPool made = VK_NULL_HANDLE;
  check(vkCreateDescriptorPool(device->context().get(), &info, nullptr, &made),
        "vkCreateDescriptorPool");
  descriptor_pools.emplace_back(device->context().get(), made);
  sets_left = sets_per_pool;
}

VkDescriptorSet CommandBuffer::Impl::allocate_set(const ShaderLayout& layout) {
  if (sets_left == 0) add_descriptor_pool();
  const VkDescriptorSetLayout set_layout = layout.set.get();
  VkDescriptorSet set = VK_NULL_HANDLE;
  const auto attempt = [&] {
    const VkDescriptorSetAllocateInfo info{.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO,
                                           .descriptorPool = descriptor_pools.back().get(),
                                           .descriptorSetCount = 1,
                                           .pSetLayouts = &set_layout};
    return vkAllocateDescriptorSets(device->context().get(), &info, &set);
  };
  VkResult result = attempt();
  if (result == VK_ERROR_OUT_OF_POOL_MEMORY || result == VK_ERROR_FRAGMENTED_POOL) {
    add_descriptor_pool();
    result = attempt();
  }
  check(result, "vkAllocateDescriptorSets");
  --sets_left;
  return set;
}

CommandBuffer::CommandBuffer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CommandBuffer::CommandBuffer(CommandBuffer&&) noexcept = default;
CommandBuffer& CommandBuffer::operator=(CommandBuffer&&) noexcept = default;
CommandBuffer::~CommandBuffer() = default;

const std::vector<std::string>& CommandBuffer::labels() const {
  return *impl_->labels;
}

void CommandBuffer::barrier() {
  impl_->require_recording("barrier");
  full_barrier(impl_->handle);
}

void CommandBuffer::finish() {
  impl_->require_recording("finish");
  full_barrier(impl_->handle);
  check(vkEndCommandBuffer(impl_->handle), "vkEndCommandBuffer");
  impl_->recording = false;
}

}  // namespace ridgeback::gpu
