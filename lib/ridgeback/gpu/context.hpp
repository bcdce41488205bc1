// SPDX-License-Identifier: Apache-2.0
// The logical device and the facts it was made from: what every other part of this room refers to.
#pragma once

#include "ridgeback/gpu/enumerate.hpp"
#include "ridgeback/gpu/functions.hpp"
#include "ridgeback/gpu/instance.hpp"
#include "ridgeback/gpu/plan.hpp"

#include <memory>

namespace ridgeback::gpu {

class Context {
 public:
  /// Creates the logical device with what `plan` enables.
  Context(std::shared_ptr<Instance> instance, PhysicalDevice physical, DevicePlan plan);
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context();

  [[nodiscard]] VkDevice get() const { return device_; }
  [[nodiscard]] VkPhysicalDevice physical() const { return physical_.handle; }
  [[nodiscard]] VkQueue queue() const { return queue_; }
  [[nodiscard]] const DeviceFunctions& functions() const { return functions_; }
  [[nodiscard]] const DeviceSnapshot& snapshot() const { return physical_.snapshot; }
  [[nodiscard]] const DevicePlan& plan() const { return plan_; }
  [[nodiscard]] bool has(Capability c) const { return plan_.capabilities.has(c); }

 private:
  std::shared_ptr<Instance> instance_;
  PhysicalDevice physical_;
  DevicePlan plan_;
  VkDevice device_ = VK_NULL_HANDLE;
  VkQueue queue_ = VK_NULL_HANDLE;
  DeviceFunctions functions_;
};

}  // namespace ridgeback::gpu
