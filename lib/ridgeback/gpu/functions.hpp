// SPDX-License-Identifier: Apache-2.0
// Entry points beyond Vulkan 1.1, which the loader need not export. Each is null where the device
// or instance does not offer it.
#pragma once

#include "ridgeback/gpu/vulkan.hpp"

namespace ridgeback::gpu {

struct InstanceFunctions {
  PFN_vkCreateDebugUtilsMessengerEXT create_messenger = nullptr;
  PFN_vkDestroyDebugUtilsMessengerEXT destroy_messenger = nullptr;
  PFN_vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR cooperative_matrix_properties = nullptr;

  [[nodiscard]] static InstanceFunctions load(VkInstance instance);
};

struct DeviceFunctions {
  PFN_vkWaitSemaphores wait_semaphores = nullptr;
  PFN_vkGetSemaphoreCounterValue semaphore_value = nullptr;
  PFN_vkGetPipelineExecutablePropertiesKHR executable_properties = nullptr;
  PFN_vkGetPipelineExecutableStatisticsKHR executable_statistics = nullptr;
  PFN_vkGetPipelineExecutableInternalRepresentationsKHR executable_texts = nullptr;

  [[nodiscard]] static DeviceFunctions load(VkDevice device);
};

}  // namespace ridgeback::gpu
