// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/gpu/context.hpp"

#include "ridgeback/gpu/check.hpp"
#include "ridgeback/gpu/feature_chain.hpp"

#include <utility>
#include <vector>

namespace ridgeback::gpu {

Context::Context(std::shared_ptr<Instance> instance, PhysicalDevice physical, DevicePlan plan)
    : instance_(std::move(instance)), physical_(std::move(physical)), plan_(std::move(plan)) {
  const float priority = 1.0F;
  const VkDeviceQueueCreateInfo queue{.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
                                      .queueFamilyIndex = plan_.queue_family,
                                      .queueCount = 1,
                                      .pQueuePriorities = &priority};
  std::vector<const char*> extensions;
  for (const std::string& name : plan_.extensions) extensions.push_back(name.c_str());
  FeatureChain features(physical_.snapshot);
  features.enable(plan_.capabilities, plan_.maintenance4);
  const VkDeviceCreateInfo info{
      .sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
      .pNext = &features.core,
      .queueCreateInfoCount = 1,
      .pQueueCreateInfos = &queue,
      .enabledExtensionCount = static_cast<std::uint32_t>(extensions.size()),
      .ppEnabledExtensionNames = extensions.data()};
  check(vkCreateDevice(physical_.handle, &info, nullptr, &device_), "vkCreateDevice");
  vkGetDeviceQueue(device_, plan_.queue_family, 0, &queue_);
  functions_ = DeviceFunctions::load(device_);
}

Context::~Context() {
  if (device_ != VK_NULL_HANDLE) vkDestroyDevice(device_, nullptr);
}

}  // namespace ridgeback::gpu
