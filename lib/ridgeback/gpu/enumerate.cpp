// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/gpu/enumerate.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/gpu/check.hpp"
#include "ridgeback/gpu/device.hpp"
#include "ridgeback/gpu/feature_chain.hpp"
#include "ridgeback/gpu/quirks.hpp"

#include <algorithm>
#include <cstring>

namespace ridgeback::gpu {
namespace {

DeviceClass class_of(VkPhysicalDeviceType type) {
  switch (type) {
    case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
      return DeviceClass::discrete;
    case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
      return DeviceClass::integrated;
    case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU:
      return DeviceClass::virtual_gpu;
    case VK_PHYSICAL_DEVICE_TYPE_CPU:
      return DeviceClass::cpu;
    default:
      return DeviceClass::other;
  }
}

void read_core(VkPhysicalDevice device, const Instance& instance, DeviceSnapshot& out) {
  VkPhysicalDeviceProperties properties{};
  vkGetPhysicalDeviceProperties(device, &properties);
  const VkPhysicalDeviceLimits& l = properties.limits;
  out.name = properties.deviceName;
  out.driver_version = properties.driverVersion;
  out.api_version = std::min(properties.apiVersion, instance.api_version());
  out.vendor_id = properties.vendorID;
  out.device_id = properties.deviceID;
  out.device_class = class_of(properties.deviceType);
  std::copy_n(properties.pipelineCacheUUID, VK_UUID_SIZE, out.cache_uuid.begin());
  out.limits.max_workgroup_invocations = l.maxComputeWorkGroupInvocations;
  std::copy_n(l.maxComputeWorkGroupSize, 3, out.limits.max_workgroup_size.begin());
  std::copy_n(l.maxComputeWorkGroupCount, 3, out.limits.max_workgroup_count.begin());
  out.limits.shared_memory_bytes = l.maxComputeSharedMemorySize;
  out.limits.push_constant_bytes = l.maxPushConstantsSize;
  out.limits.max_storage_buffers =
      std::min({l.maxPerStageDescriptorStorageBuffers, l.maxDescriptorSetStorageBuffers,
                l.maxPerStageResources});
  out.limits.max_storage_range = l.maxStorageBufferRange;
  out.limits.storage_offset_alignment =
      static_cast<std::uint32_t>(l.minStorageBufferOffsetAlignment);
  // Any range that can be bound as a storage buffer must fit a texel buffer too, at any offset.
  const bool texels_fit = 16 * std::uint64_t{l.maxTexelBufferElements} >= l.maxStorageBufferRange &&
                          l.minTexelBufferOffsetAlignment <= l.minStorageBufferOffsetAlignment;
  if (texels_fit) out.capabilities.add(Capability::texel_buffer);
  out.non_coherent_atom = static_cast<std::uint32_t>(l.nonCoherentAtomSize);
  out.timestamp_period_ns = l.timestampPeriod;
}

void read_extensions(VkPhysicalDevice device, DeviceSnapshot& out) {
  std::uint32_t count = 0;
  check(vkEnumerateDeviceExtensionProperties(device, nullptr, &count, nullptr),
        "vkEnumerateDeviceExtensionProperties");
  std::vector<VkExtensionProperties> extensions(count);
  check(vkEnumerateDeviceExtensionProperties(device, nullptr, &count, extensions.data()),
        "vkEnumerateDeviceExtensionProperties");
  extensions.resize(count);
  for (const VkExtensionProperties& e : extensions) out.extensions.emplace_back(e.extensionName);
}

void read_memory(VkPhysicalDevice device, DeviceSnapshot& out) {
  VkPhysicalDeviceMemoryProperties memory{};
  vkGetPhysicalDeviceMemoryProperties(device, &memory);
  for (std::uint32_t i = 0; i < std::min<std::uint32_t>(memory.memoryHeapCount, 16); ++i) {
    const VkMemoryHeap& heap = memory.memoryHeaps[i];
    out.heaps.push_back({heap.size, (heap.flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT) != 0});
  }
  for (std::uint32_t i = 0; i < std::min<std::uint32_t>(memory.memoryTypeCount, 32); ++i) {
    const VkMemoryType& type = memory.memoryTypes[i];
    out.memory_types.push_back(
        {.heap = type.heapIndex,
         .device_local = (type.propertyFlags & VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT) != 0,
         .host_visible = (type.propertyFlags & VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT) != 0,
         .host_coherent = (type.propertyFlags & VK_MEMORY_PROPERTY_HOST_COHERENT_BIT) != 0,
         .host_cached = (type.propertyFlags & VK_MEMORY_PROPERTY_HOST_CACHED_BIT) != 0});
  }
}

void read_queues(VkPhysicalDevice device, DeviceSnapshot& out) {
  std::uint32_t count = 0;
  vkGetPhysicalDeviceQueueFamilyProperties(device, &count, nullptr);
  std::vector<VkQueueFamilyProperties> families(count);
  vkGetPhysicalDeviceQueueFamilyProperties(device, &count, families.data());
  for (const VkQueueFamilyProperties& family : families) {
    out.queue_families.push_back({.count = family.queueCount,
                                  .compute = (family.queueFlags & VK_QUEUE_COMPUTE_BIT) != 0,
                                  .graphics = (family.queueFlags & VK_QUEUE_GRAPHICS_BIT) != 0,
                                  .transfer = (family.queueFlags & VK_QUEUE_TRANSFER_BIT) != 0,
                                  .timestamp_bits = family.timestampValidBits});
  }
}

void add_subgroup(const VkPhysicalDeviceSubgroupProperties& subgroup, DeviceSnapshot& out) {
  out.limits.subgroup_size = std::max(subgroup.subgroupSize, 1U);
  if ((subgroup.supportedStages & VK_SHADER_STAGE_COMPUTE_BIT) == 0) return;
  const auto add = [&](Capability c, VkSubgroupFeatureFlags needed) {
    if ((subgroup.supportedOperations & needed) == needed) out.capabilities.add(c);
  };
  add(Capability::subgroup_basic, VK_SUBGROUP_FEATURE_BASIC_BIT);
  add(Capability::subgroup_vote, VK_SUBGROUP_FEATURE_VOTE_BIT);
  add(Capability::subgroup_arithmetic, VK_SUBGROUP_FEATURE_ARITHMETIC_BIT);
  add(Capability::subgroup_ballot, VK_SUBGROUP_FEATURE_BALLOT_BIT);
  add(Capability::subgroup_shuffle,
      VK_SUBGROUP_FEATURE_SHUFFLE_BIT | VK_SUBGROUP_FEATURE_SHUFFLE_RELATIVE_BIT);
}

// Properties of Vulkan 1.1 and of what extensions add to it.
void read_properties(VkPhysicalDevice device, DeviceSnapshot& out) {
  VkPhysicalDeviceProperties2 properties{.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2};
  const auto link = [&properties](auto& structure, bool allowed) {
    if (!allowed) return;
    structure.pNext = properties.pNext;
    properties.pNext = &structure;
  };
  VkPhysicalDeviceIDProperties id{.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ID_PROPERTIES};
  VkPhysicalDeviceSubgroupProperties subgroup{
      .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES};
  VkPhysicalDeviceMaintenance3Properties allocation{
      .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES};
  VkPhysicalDeviceDriverProperties driver{.sType =
                                              VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES};
  VkPhysicalDeviceMaintenance4Properties buffer{
      .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_4_PROPERTIES};
  VkPhysicalDeviceSubgroupSizeControlProperties sizes{
      .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_PROPERTIES};
  VkPhysicalDeviceShaderIntegerDotProductProperties dot{
      .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_INTEGER_DOT_PRODUCT_PROPERTIES};
  link(id, true);
  link(subgroup, true);
  link(allocation, true);
  link(driver, out.at_least(1, 2) || out.offers("VK_KHR_driver_properties"));
  link(buffer, out.at_least(1, 3) || out.offers("VK_KHR_maintenance4"));
  link(sizes, out.at_least(1, 3) || out.offers("VK_EXT_subgroup_size_control"));
  link(dot, out.at_least(1, 3) || out.offers("VK_KHR_shader_integer_dot_product"));
  vkGetPhysicalDeviceProperties2(device, &properties);

  std::copy_n(id.deviceUUID, VK_UUID_SIZE, out.uuid.begin());
  add_subgroup(subgroup, out);
  out.limits.max_allocation = allocation.maxMemoryAllocationSize;
  out.driver_name = driver.driverName;
  out.driver_info = driver.driverInfo;
  out.max_buffer_bytes = buffer.maxBufferSize;
  out.dot8_accelerated = dot.integerDotProduct4x8BitPackedSignedAccelerated != VK_FALSE;
  out.dot8_mixed_accelerated =
      dot.integerDotProduct4x8BitPackedMixedSignednessAccelerated != VK_FALSE;
  if ((sizes.requiredSubgroupSizeStages & VK_SHADER_STAGE_COMPUTE_BIT) != 0) {
    out.min_subgroup_size = sizes.minSubgroupSize;
    out.max_subgroup_size = sizes.maxSubgroupSize;
  }
}

void read_features(VkPhysicalDevice device, DeviceSnapshot& out) {
  FeatureChain chain(out);
  vkGetPhysicalDeviceFeatures2(device, &chain.core);
  const Capabilities offered = chain.offered();
  for (int i = 0; i < capability_count; ++i) {
    const auto c = static_cast<Capability>(i);
    if (offered.has(c)) out.capabilities.add(c);
  }
  if (out.max_subgroup_size == 0) out.capabilities.remove(Capability::subgroup_size_control);
  if (out.offers("VK_EXT_memory_budget")) out.capabilities.add(Capability::memory_budget);
  out.robust_buffer_access = chain.core.features.robustBufferAccess != VK_FALSE;
  out.maintenance4 = chain.maintenance4.maintenance4 != VK_FALSE;
}

CooperativeShape::Type type_of(VkComponentTypeKHR type) {
  switch (type) {
    case VK_COMPONENT_TYPE_FLOAT16_KHR:
      return CooperativeShape::Type::f16;
    case VK_COMPONENT_TYPE_FLOAT32_KHR:
      return CooperativeShape::Type::f32;
    case VK_COMPONENT_TYPE_SINT8_KHR:
      return CooperativeShape::Type::s8;
    case VK_COMPONENT_TYPE_SINT32_KHR:
      return CooperativeShape::Type::s32;
    case VK_COMPONENT_TYPE_UINT8_KHR:
      return CooperativeShape::Type::u8;
    case VK_COMPONENT_TYPE_UINT32_KHR:
      return CooperativeShape::Type::u32;
    default:
      return CooperativeShape::Type::other;
  }
}

void read_cooperative_shapes(VkPhysicalDevice device, const Instance& instance,
                             DeviceSnapshot& out) {
  const auto query = instance.functions().cooperative_matrix_properties;
  if (!out.capabilities.has(Capability::coopmat) || query == nullptr) return;
  // One driver among those that must not use the feature crashes in this very query.
  if (quirk_for(out, Capability::coopmat) != nullptr) return;
  std::uint32_t count = 0;
  check(query(device, &count, nullptr), "vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR");
  std::vector<VkCooperativeMatrixPropertiesKHR> shapes(
      count, {.sType = VK_STRUCTURE_TYPE_COOPERATIVE_MATRIX_PROPERTIES_KHR});
  check(query(device, &count, shapes.data()), "vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR");
  shapes.resize(count);
  for (const VkCooperativeMatrixPropertiesKHR& s : shapes) {
    if (s.scope != VK_SCOPE_SUBGROUP_KHR) continue;
    out.cooperative_shapes.push_back({.m = s.MSize,
                                      .n = s.NSize,
                                      .k = s.KSize,
                                      .a = type_of(s.AType),
                                      .b = type_of(s.BType),
                                      .c = type_of(s.CType),
                                      .result = type_of(s.ResultType),
                                      .saturating = s.saturatingAccumulation != VK_FALSE});
  }
}

DeviceSnapshot read_device(const Instance& instance, VkPhysicalDevice device, int index) {
  DeviceSnapshot out;
  out.index = index;
  try {
    read_core(device, instance, out);
    read_memory(device, out);
    read_queues(device, out);
    read_extensions(device, out);
    // The queries with chains are functions of Vulkan 1.1; a 1.0 device is listed but not used.
    if (out.at_least(1, 1)) {
      read_properties(device, out);
      read_features(device, out);
      read_cooperative_shapes(device, instance, out);
    }
  } catch (const Error& error) {
    out.problem = error.what();
  }
  return out;
}

}  // namespace

std::vector<PhysicalDevice> read_devices(const Instance& instance) {
  std::vector<PhysicalDevice> devices;
  for (const VkPhysicalDevice handle : instance.physical_devices()) {
    const int index = static_cast<int>(devices.size());
    devices.push_back({handle, read_device(instance, handle, index)});
  }
  return devices;
}

std::vector<DeviceSnapshot> enumerate_devices() {
  const std::shared_ptr<Instance> instance = Instance::create();
  std::vector<DeviceSnapshot> snapshots;
  for (PhysicalDevice& device : read_devices(*instance)) {
    snapshots.push_back(std::move(device.snapshot));
  }
  return snapshots;
}

}  // namespace ridgeback::gpu
