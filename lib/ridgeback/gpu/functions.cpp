// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/gpu/functions.hpp"

namespace ridgeback::gpu {
namespace {

template <class Function>
void load_from(VkInstance instance, Function& function, const char* name) {
  function = reinterpret_cast<Function>(vkGetInstanceProcAddr(instance, name));
}

// Tries the name of the core version first, then the extension's.
template <class Function>
void load_from(VkDevice device, Function& function, const char* core, const char* extension) {
  function = reinterpret_cast<Function>(vkGetDeviceProcAddr(device, core));
  if (function == nullptr) {
    function = reinterpret_cast<Function>(vkGetDeviceProcAddr(device, extension));
  }
}

}  // namespace

InstanceFunctions InstanceFunctions::load(VkInstance instance) {
  InstanceFunctions f;
  load_from(instance, f.create_messenger, "vkCreateDebugUtilsMessengerEXT");
  load_from(instance, f.destroy_messenger, "vkDestroyDebugUtilsMessengerEXT");
  load_from(instance, f.cooperative_matrix_properties,
            "vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR");
  return f;
}

DeviceFunctions DeviceFunctions::load(VkDevice device) {
  DeviceFunctions f;
  load_from(device, f.wait_semaphores, "vkWaitSemaphores", "vkWaitSemaphoresKHR");
  load_from(device, f.semaphore_value, "vkGetSemaphoreCounterValue",
            "vkGetSemaphoreCounterValueKHR");
  load_from(device, f.executable_properties, "vkGetPipelineExecutablePropertiesKHR",
            "vkGetPipelineExecutablePropertiesKHR");
  load_from(device, f.executable_statistics, "vkGetPipelineExecutableStatisticsKHR",
            "vkGetPipelineExecutableStatisticsKHR");
  load_from(device, f.executable_texts, "vkGetPipelineExecutableInternalRepresentationsKHR",
            "vkGetPipelineExecutableInternalRepresentationsKHR");
  return f;
}

}  // namespace ridgeback::gpu
