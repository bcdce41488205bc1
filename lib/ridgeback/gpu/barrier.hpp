// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ridgeback/gpu/vulkan.hpp"

namespace ridgeback::gpu {

/// Everything before is visible to everything after: kernels, copies and the host.
void full_barrier(VkCommandBuffer commands);

}  // namespace ridgeback::gpu
