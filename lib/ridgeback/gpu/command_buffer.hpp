// SPDX-License-Identifier: Apache-2.0
// What a CommandBuffer owns.
#pragma once

#include "ridgeback/gpu/device.hpp"
#include "ridgeback/gpu/pipeline.hpp"
#include "ridgeback/gpu/unique.hpp"

#include <memory>
#include <string>
#include <vector>

namespace ridgeback::gpu {

class VulkanDevice;

struct CommandBuffer::Impl {
  Impl(std::shared_ptr<VulkanDevice> owner, std::uint32_t timestamp_slots);
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  /// Waits where it is still running.
  ~Impl();

  void require_recording(const char* what) const;
  [[nodiscard]] VkDescriptorSet allocate_set(const ShaderLayout& layout);
  void add_descriptor_pool();

  std::shared_ptr<VulkanDevice> device;
  UniqueCommandPool pool;
  VkCommandBuffer handle = VK_NULL_HANDLE;
  std::vector<UniqueDescriptorPool> descriptor_pools;
  std::vector<UniqueBufferView> views;  ///< of the texel buffers that recorded launches read
  std::uint32_t sets_left = 0;
  UniqueQueryPool queries;
  std::vector<bool> slot_written;
  std::shared_ptr<std::vector<std::string>> labels;
  const Pipeline* bound = nullptr;
  bool recording = true;
  std::uint64_t submission = 0;  ///< the last one; 0: never submitted
};

}  // namespace ridgeback::gpu
