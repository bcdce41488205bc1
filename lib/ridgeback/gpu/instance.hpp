// SPDX-License-Identifier: Apache-2.0
// The Vulkan instance: opened through the loader, with the validation layers where asked for.
#pragma once

#include "ridgeback/gpu/functions.hpp"
#include "ridgeback/gpu/vulkan.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace ridgeback::gpu {

class Instance {
 public:
  /// Throws Unsupported where the loader has no driver, or no validation layer when
  /// RIDGEBACK_VALIDATION=1 asks for it.
  [[nodiscard]] static std::shared_ptr<Instance> create();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;
  ~Instance();

  [[nodiscard]] VkInstance get() const { return instance_; }
  /// The version asked for: 1.1 to 1.3, no higher than the loader's.
  [[nodiscard]] std::uint32_t api_version() const { return api_version_; }
  [[nodiscard]] const InstanceFunctions& functions() const { return functions_; }
  [[nodiscard]] std::vector<VkPhysicalDevice> physical_devices() const;

 private:
  Instance() = default;
  void create_messenger();

  VkInstance instance_ = VK_NULL_HANDLE;
  VkDebugUtilsMessengerEXT messenger_ = VK_NULL_HANDLE;
  InstanceFunctions functions_;
  std::uint32_t api_version_ = VK_API_VERSION_1_1;
};

}  // namespace ridgeback::gpu
