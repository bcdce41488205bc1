// SPDX-License-Identifier: Apache-2.0
// Snapshots of devices that do not exist, for tests of decisions.
#pragma once

#include "ridgeback/gpu/snapshot.hpp"

#include <string>

namespace ridgeback::gpu::testing {

/// Barely what the baseline asks for.
[[nodiscard]] inline DeviceSnapshot weakest_device() {
  DeviceSnapshot device;
  device.name = "Weakest";
  device.api_version = 1U << 22 | 1U << 12;
  device.device_class = DeviceClass::integrated;
  device.heaps = {{std::uint64_t{1} << 30, true}};
  device.memory_types = {{.heap = 0, .device_local = true, .host_visible = true}};
  device.queue_families = {{.count = 1, .compute = true, .graphics = true, .transfer = true}};
  return device;
}

/// A discrete GPU with everything.
[[nodiscard]] inline DeviceSnapshot strongest_device() {
  DeviceSnapshot device = weakest_device();
  device.name = "Strongest";
  device.api_version = 1U << 22 | 3U << 12;
  device.device_class = DeviceClass::discrete;
  device.heaps = {{std::uint64_t{24} << 30, true}, {std::uint64_t{64} << 30, false}};
  for (int i = 0; i < capability_count; ++i) device.capabilities.add(static_cast<Capability>(i));
  device.limits.max_workgroup_invocations = 1024;
  device.limits.max_workgroup_size = {1024, 1024, 64};
  device.limits.shared_memory_bytes = 49152;
  device.limits.push_constant_bytes = 256;
  device.limits.max_storage_buffers = 1 << 20;
  device.limits.max_storage_range = 0xffffffff;
  device.limits.max_allocation = std::uint64_t{4} << 30;
  device.limits.storage_offset_alignment = 16;
  device.limits.subgroup_size = 32;
  device.maintenance4 = true;
  device.extensions = {"VK_KHR_8bit_storage",       "VK_KHR_shader_float16_int8",
                       "VK_KHR_timeline_semaphore", "VK_KHR_shader_integer_dot_product",
                       "VK_KHR_cooperative_matrix", "VK_KHR_pipeline_executable_properties",
                       "VK_EXT_memory_budget",      "VK_EXT_subgroup_size_control",
                       "VK_KHR_vulkan_memory_model"};
  return device;
}

}  // namespace ridgeback::gpu::testing
