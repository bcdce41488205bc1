// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/gpu/feature_chain.hpp"

namespace ridgeback::gpu {

FeatureChain::FeatureChain(const DeviceSnapshot& device) {
  const auto link = [this](auto& structure, bool allowed) {
    if (!allowed) return;
    structure.pNext = core.pNext;
    core.pNext = &structure;
  };
  const auto from = [&device](std::uint32_t minor, const char* extension) {
    return device.at_least(1, minor) || device.offers(extension);
  };
  link(storage16, from(1, "VK_KHR_16bit_storage"));
  link(storage8, from(2, "VK_KHR_8bit_storage"));
  link(float16_int8, from(2, "VK_KHR_shader_float16_int8"));
  link(timeline, from(2, "VK_KHR_timeline_semaphore"));
  link(memory_model, from(2, "VK_KHR_vulkan_memory_model"));
  link(dot_product, from(3, "VK_KHR_shader_integer_dot_product"));
  link(subgroup_size, from(3, "VK_EXT_subgroup_size_control"));
  link(maintenance4, from(3, "VK_KHR_maintenance4"));
  link(cooperative_matrix, device.offers(VK_KHR_COOPERATIVE_MATRIX_EXTENSION_NAME));
  link(executable, device.offers("VK_KHR_pipeline_executable_properties"));
}

void FeatureChain::enable(Capabilities capabilities, bool with_maintenance4) {
  const auto flag = [&](Capability c) -> VkBool32 { return capabilities.has(c) ? 1 : 0; };
  core.features.shaderInt16 = flag(Capability::int16);
  core.features.shaderInt64 = flag(Capability::int64);
  core.features.shaderFloat64 = flag(Capability::float64);
  storage16.storageBuffer16BitAccess = flag(Capability::storage_16bit);
  storage8.storageBuffer8BitAccess = flag(Capability::storage_8bit);
  float16_int8.shaderFloat16 = flag(Capability::float16);
  float16_int8.shaderInt8 = flag(Capability::int8);
  timeline.timelineSemaphore = flag(Capability::timeline_semaphore);
  memory_model.vulkanMemoryModel = flag(Capability::coopmat);
  dot_product.shaderIntegerDotProduct = flag(Capability::dot8);
  subgroup_size.subgroupSizeControl = flag(Capability::subgroup_size_control);
  subgroup_size.computeFullSubgroups = flag(Capability::subgroup_size_control);
  maintenance4.maintenance4 = with_maintenance4 ? VK_TRUE : VK_FALSE;
  cooperative_matrix.cooperativeMatrix = flag(Capability::coopmat);
  executable.pipelineExecutableInfo = flag(Capability::pipeline_statistics);
}

Capabilities FeatureChain::offered() const {
  Capabilities set;
  const auto add = [&set](Capability c, VkBool32 on) {
    if (on != VK_FALSE) set.add(c);
  };
  add(Capability::int16, core.features.shaderInt16);
  add(Capability::int64, core.features.shaderInt64);
  add(Capability::float64, core.features.shaderFloat64);
  add(Capability::storage_16bit, storage16.storageBuffer16BitAccess);
  add(Capability::storage_8bit, storage8.storageBuffer8BitAccess);
  add(Capability::float16, float16_int8.shaderFloat16);
  add(Capability::int8, float16_int8.shaderInt8);
  add(Capability::timeline_semaphore, timeline.timelineSemaphore);
  add(Capability::dot8, dot_product.shaderIntegerDotProduct);
  add(Capability::subgroup_size_control,
      subgroup_size.subgroupSizeControl & subgroup_size.computeFullSubgroups);
  // GLSL's cooperative matrices are compiled with the Vulkan memory model.
  add(Capability::coopmat, cooperative_matrix.cooperativeMatrix & memory_model.vulkanMemoryModel);
  add(Capability::pipeline_statistics, executable.pipelineExecutableInfo);
  return set;
}

}  // namespace ridgeback::gpu
