// SPDX-License-Identifier: Apache-2.0
// Reading a physical device into a snapshot.
#pragma once

#include "ridgeback/gpu/instance.hpp"
#include "ridgeback/gpu/snapshot.hpp"

#include <vector>

namespace ridgeback::gpu {

/// A physical device and what it says of itself.
struct PhysicalDevice {
  VkPhysicalDevice handle = VK_NULL_HANDLE;
  DeviceSnapshot snapshot;
};

/// Every device of the instance, in the loader's order. A device that fails a query is kept, with
/// DeviceSnapshot::problem saying which.
[[nodiscard]] std::vector<PhysicalDevice> read_devices(const Instance& instance);

}  // namespace ridgeback::gpu
