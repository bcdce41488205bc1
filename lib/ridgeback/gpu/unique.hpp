// SPDX-License-Identifier: Apache-2.0
// Owners of Vulkan handles: move-only, destroyed with the device that made them.
#pragma once

#include "ridgeback/gpu/vulkan.hpp"

#include <utility>

namespace ridgeback::gpu {

/// Owns one handle that a VkDevice made; `Destroy` is its vkDestroy or vkFree function.
template <class Handle, auto Destroy>
class Unique {
 public:
  Unique() = default;
  Unique(VkDevice device, Handle handle) : device_(device), handle_(handle) {}
  Unique(Unique&& other) noexcept
      : device_(other.device_), handle_(std::exchange(other.handle_, Handle{})) {}
  Unique& operator=(Unique&& other) noexcept {
    if (this != &other) {
      reset();
      device_ = other.device_;
      handle_ = std::exchange(other.handle_, Handle{});
    }
    return *this;
  }
  ~Unique() { reset(); }

  [[nodiscard]] Handle get() const { return handle_; }
  [[nodiscard]] explicit operator bool() const { return handle_ != Handle{}; }
  void reset() {
    if (handle_ != Handle{}) Destroy(device_, std::exchange(handle_, Handle{}), nullptr);
  }

 private:
  VkDevice device_ = VK_NULL_HANDLE;
  Handle handle_{};
};

using UniqueBuffer = Unique<VkBuffer, vkDestroyBuffer>;
using UniqueBufferView = Unique<VkBufferView, vkDestroyBufferView>;
using UniqueMemory = Unique<VkDeviceMemory, vkFreeMemory>;
using UniqueShaderModule = Unique<VkShaderModule, vkDestroyShaderModule>;
using UniqueSetLayout = Unique<VkDescriptorSetLayout, vkDestroyDescriptorSetLayout>;
using UniquePipelineLayout = Unique<VkPipelineLayout, vkDestroyPipelineLayout>;
using UniquePipeline = Unique<VkPipeline, vkDestroyPipeline>;
using UniquePipelineCache = Unique<VkPipelineCache, vkDestroyPipelineCache>;
using UniqueDescriptorPool = Unique<VkDescriptorPool, vkDestroyDescriptorPool>;
using UniqueCommandPool = Unique<VkCommandPool, vkDestroyCommandPool>;
using UniqueQueryPool = Unique<VkQueryPool, vkDestroyQueryPool>;
using UniqueFence = Unique<VkFence, vkDestroyFence>;
using UniqueSemaphore = Unique<VkSemaphore, vkDestroySemaphore>;

}  // namespace ridgeback::gpu
