// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/gpu/validation.hpp"

#include "ridgeback/gpu/device.hpp"
#include "ridgeback/gpu/environment.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace ridgeback::gpu {
namespace {

std::atomic<std::uint64_t>& message_count() {
  static std::atomic<std::uint64_t> count{0};
  return count;
}

VKAPI_ATTR VkBool32 VKAPI_CALL on_message(VkDebugUtilsMessageSeverityFlagBitsEXT,
                                          VkDebugUtilsMessageTypeFlagsEXT,
                                          const VkDebugUtilsMessengerCallbackDataEXT* data, void*) {
  ++message_count();
  std::fprintf(stderr, "ridgeback: validation: %s\n", data->pMessage);
  return VK_FALSE;
}

void report() {
  std::fprintf(stderr, "ridgeback: validation: %llu messages\n",
               static_cast<unsigned long long>(message_count().load()));
}

}  // namespace

bool validation_wanted() {
  return environment_switch("RIDGEBACK_VALIDATION");
}

VkDebugUtilsMessengerCreateInfoEXT messenger_info() {
  return {.sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT,
          .messageSeverity = VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT |
                             VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT,
          .messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT,
          .pfnUserCallback = on_message};
}

void report_validation_at_exit() {
  // The counter must be made before the handler is registered, so that it outlives it.
  message_count();
  static const bool registered = std::atexit(report) == 0;
  static_cast<void>(registered);
}

std::uint64_t validation_messages() {
  return message_count().load();
}

}  // namespace ridgeback::gpu
