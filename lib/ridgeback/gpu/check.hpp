// SPDX-License-Identifier: Apache-2.0
// From VkResult to our errors.
#pragma once

#include "ridgeback/gpu/vulkan.hpp"

#include <cstdint>
#include <string_view>

namespace ridgeback::gpu {

/// "VK_ERROR_DEVICE_LOST", or "an unknown VkResult".
[[nodiscard]] std::string_view result_name(VkResult result);

/// Throws for a negative result: OutOfMemory for the two results of that name, else DeviceError.
/// `call` is the Vulkan function.
void check(VkResult result, std::string_view call);

}  // namespace ridgeback::gpu
