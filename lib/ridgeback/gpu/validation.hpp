// SPDX-License-Identifier: Apache-2.0
// Messages of the validation layers: printed as they come, counted, and summed up at exit.
#pragma once

#include "ridgeback/gpu/vulkan.hpp"

namespace ridgeback::gpu {

/// RIDGEBACK_VALIDATION=1.
[[nodiscard]] bool validation_wanted();

/// How a messenger must be made so that its messages are printed and counted.
[[nodiscard]] VkDebugUtilsMessengerCreateInfoEXT messenger_info();

/// Prints the number of messages when the process exits; once, however often it is called.
void report_validation_at_exit();

}  // namespace ridgeback::gpu
