// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/gpu/check.hpp"

#include "ridgeback/core/error.hpp"

#include <array>
#include <fmt/core.h>
#include <utility>

namespace ridgeback::gpu {
namespace {

constexpr std::array<std::pair<VkResult, std::string_view>, 16> names{{
    {VK_SUCCESS, "VK_SUCCESS"},
    {VK_NOT_READY, "VK_NOT_READY"},
    {VK_TIMEOUT, "VK_TIMEOUT"},
    {VK_INCOMPLETE, "VK_INCOMPLETE"},
    {VK_ERROR_OUT_OF_HOST_MEMORY, "VK_ERROR_OUT_OF_HOST_MEMORY"},
    {VK_ERROR_OUT_OF_DEVICE_MEMORY, "VK_ERROR_OUT_OF_DEVICE_MEMORY"},
    {VK_ERROR_INITIALIZATION_FAILED, "VK_ERROR_INITIALIZATION_FAILED"},
    {VK_ERROR_DEVICE_LOST, "VK_ERROR_DEVICE_LOST"},
    {VK_ERROR_MEMORY_MAP_FAILED, "VK_ERROR_MEMORY_MAP_FAILED"},
    {VK_ERROR_LAYER_NOT_PRESENT, "VK_ERROR_LAYER_NOT_PRESENT"},
    {VK_ERROR_EXTENSION_NOT_PRESENT, "VK_ERROR_EXTENSION_NOT_PRESENT"},
    {VK_ERROR_FEATURE_NOT_PRESENT, "VK_ERROR_FEATURE_NOT_PRESENT"},
    {VK_ERROR_INCOMPATIBLE_DRIVER, "VK_ERROR_INCOMPATIBLE_DRIVER"},
    {VK_ERROR_TOO_MANY_OBJECTS, "VK_ERROR_TOO_MANY_OBJECTS"},
    {VK_ERROR_OUT_OF_POOL_MEMORY, "VK_ERROR_OUT_OF_POOL_MEMORY"},
    {VK_ERROR_UNKNOWN, "VK_ERROR_UNKNOWN"},
}};

}  // namespace

std::string_view result_name(VkResult result) {
  for (const auto& [value, name] : names) {
    if (value == result) return name;
  }
  return "an unknown VkResult";
}

void check(VkResult result, std::string_view call) {
  if (result >= 0) return;
  const std::string text =
      fmt::format("{}: {} ({})", call, result_name(result), static_cast<int>(result));
  if (result == VK_ERROR_OUT_OF_HOST_MEMORY || result == VK_ERROR_OUT_OF_DEVICE_MEMORY) {
    throw OutOfMemory(text, 0);
  }
  throw DeviceError(text, result);
}

}  // namespace ridgeback::gpu
