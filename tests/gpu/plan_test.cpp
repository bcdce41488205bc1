// SPDX-License-Identifier: Apache-2.0
// What is enabled on made-up devices.
#include "ridgeback/gpu/plan.hpp"

#include "ridgeback/core/error.hpp"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <gtest/gtest.h>

#include "gpu/made_up_devices.hpp"

namespace ridgeback::gpu {
namespace {

using testing::strongest_device;
using testing::weakest_device;

bool enables(const DevicePlan& plan, const std::string& extension) {
  return std::count(plan.extensions.begin(), plan.extensions.end(), extension) == 1;
}

std::string refusal(const DeviceSnapshot& device) {
  try {
    static_cast<void>(plan_device(device, {}));
  } catch (const Unsupported& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Plan, TheWeakestDeviceIsEnoughAndGetsNothingExtra) {
  const DevicePlan plan = plan_device(weakest_device(), {});
  EXPECT_TRUE(plan.capabilities.empty());
  EXPECT_TRUE(plan.extensions.empty());
  EXPECT_EQ(plan.limits, Limits{});
  EXPECT_EQ(plan.queue_family, 0U);
  EXPECT_TRUE(plan.notes.empty());
}

TEST(Plan, EachMissingBaselineLimitIsNamed) {
  const std::vector<std::pair<std::string, std::function<void(Limits&)>>> cases{
      {"workgroup invocations", [](Limits& l) { l.max_workgroup_invocations = 127; }},
      {"workgroup size", [](Limits& l) { l.max_workgroup_size[2] = 63; }},
      {"workgroup count", [](Limits& l) { l.max_workgroup_count[1] = 65534; }},
      {"shared memory", [](Limits& l) { l.shared_memory_bytes = 16383; }},
      {"push constant", [](Limits& l) { l.push_constant_bytes = 127; }},
      {"storage buffers", [](Limits& l) { l.max_storage_buffers = 7; }},
      {"storage buffer range", [](Limits& l) { l.max_storage_range = (128U << 20) - 1; }},
      {"aligns", [](Limits& l) { l.storage_offset_alignment = 512; }}};
  for (const auto& [word, weaken] : cases) {
    DeviceSnapshot device = weakest_device();
    weaken(device.limits);
    const std::string text = refusal(device);
    EXPECT_NE(text.find(word), std::string::npos) << text;
    EXPECT_NE(text.find("Weakest"), std::string::npos) << text;
  }
}

TEST(Plan, OldVulkanNoQueueAndUnreadableDevicesAreRefused) {
  DeviceSnapshot old = weakest_device();
  old.api_version = 1U << 22 | 3;
  EXPECT_NE(refusal(old).find("got 1.0"), std::string::npos) << refusal(old);
  DeviceSnapshot queueless = weakest_device();
  queueless.queue_families[0].compute = false;
  EXPECT_NE(refusal(queueless).find("compute queue"), std::string::npos);
  queueless.queue_families[0] = {.count = 0, .compute = true};
  EXPECT_NE(refusal(queueless).find("compute queue"), std::string::npos);
  DeviceSnapshot broken = weakest_device();
  broken.problem = "vkSomething: VK_ERROR_UNKNOWN";
  EXPECT_NE(refusal(broken).find("vkSomething"), std::string::npos);
}

TEST(Plan, TimestampsThenAQueueWithoutGraphicsArePreferred) {
  DeviceSnapshot device = weakest_device();
  const QueueFamily graphics{.count = 1, .compute = true, .graphics = true, .timestamp_bits = 64};
  const QueueFamily compute{.count = 2, .compute = true, .timestamp_bits = 36};
  const QueueFamily blind{.count = 2, .compute = true, .timestamp_bits = 0};
  device.queue_families = {{.count = 1, .transfer = true}, graphics, blind, compute, compute};
  EXPECT_EQ(plan_device(device, {}).queue_family, 3U);
  device.queue_families = {blind, graphics};
  EXPECT_EQ(plan_device(device, {}).queue_family, 1U);
}

TEST(Plan, ExtensionsAreEnabledOnlyWhereTheVersionLacksThem) {
  DeviceSnapshot device = strongest_device();
  const DevicePlan newest = plan_device(device, {});
  EXPECT_EQ(newest.capabilities, device.capabilities);
  EXPECT_FALSE(enables(newest, "VK_KHR_8bit_storage"));
  EXPECT_FALSE(enables(newest, "VK_KHR_shader_integer_dot_product"));
  EXPECT_TRUE(enables(newest, "VK_KHR_cooperative_matrix"));
  EXPECT_TRUE(enables(newest, "VK_EXT_memory_budget"));
  device.api_version = 1U << 22 | 2U << 12;
  const DevicePlan middle = plan_device(device, {});
  EXPECT_FALSE(enables(middle, "VK_KHR_8bit_storage"));
  EXPECT_TRUE(enables(middle, "VK_KHR_shader_integer_dot_product"));
  device.api_version = 1U << 22 | 1U << 12;
  const DevicePlan oldest = plan_device(device, {});
  EXPECT_TRUE(enables(oldest, "VK_KHR_8bit_storage"));
  EXPECT_TRUE(enables(oldest, "VK_KHR_shader_float16_int8"));
  EXPECT_TRUE(enables(oldest, "VK_KHR_vulkan_memory_model"));
  EXPECT_FALSE(enables(oldest, "VK_KHR_portability_subset"));
  device.extensions.emplace_back("VK_KHR_portability_subset");
  EXPECT_TRUE(enables(plan_device(device, {}), "VK_KHR_portability_subset"));
}

TEST(Plan, SwitchedOffCapabilitiesAreNotEnabled) {
  const PlanOptions options{.disabled = {Capability::coopmat, Capability::dot8}};
  const DevicePlan plan = plan_device(strongest_device(), options);
  EXPECT_FALSE(plan.capabilities.has(Capability::coopmat));
  EXPECT_FALSE(plan.capabilities.has(Capability::dot8));
  EXPECT_TRUE(plan.capabilities.has(Capability::float16));
  EXPECT_FALSE(enables(plan, "VK_KHR_cooperative_matrix"));
  EXPECT_EQ(plan.notes.size(), 2U);
  // Switching off what is not there says nothing.
  EXPECT_TRUE(plan_device(weakest_device(), options).notes.empty());
}

TEST(Plan, TheBaselineMasksTheStrongestDevice) {
  const DevicePlan plan = plan_device(strongest_device(), {.baseline = true});
  EXPECT_TRUE(plan.capabilities.empty());
  EXPECT_TRUE(plan.extensions.empty());
  EXPECT_EQ(plan.limits, Limits{});
  EXPECT_FALSE(plan.maintenance4);
  EXPECT_FALSE(plan.direct_transfer);
}

TEST(Plan, KnownBadPairsAreLeftOut) {
  const auto matrices = [](const DeviceSnapshot& device) {
    return plan_device(device, {}).capabilities.has(Capability::coopmat);
  };
  DeviceSnapshot device = strongest_device();
  device.vendor_id = 0x8086;
  device.device_id = 0x56a0;  // Arc A770
  EXPECT_FALSE(matrices(device));
  EXPECT_NE(plan_device(device, {}).notes.at(0).find("Alchemist"), std::string::npos);
  device.device_id = 0xe20b;  // Arc B580
  device.driver_name = "Intel open-source Mesa driver";
  EXPECT_TRUE(matrices(device));
  device.driver_name = "Intel Corporation";
  EXPECT_FALSE(matrices(device));

  device = strongest_device();
  device.vendor_id = 0x1002;
  device.driver_name = "AMD proprietary driver";
  EXPECT_FALSE(matrices(device));
  device.dot8_mixed_accelerated = true;
  EXPECT_TRUE(matrices(device));
  device.device_class = DeviceClass::integrated;
  EXPECT_FALSE(matrices(device));
  device.driver_name = "radv";
  EXPECT_TRUE(matrices(device));
  device.dot8_mixed_accelerated = false;
  EXPECT_FALSE(matrices(device));
}

TEST(Plan, SwitchesComeFromTheEnvironment) {
  const std::string saved_disable =
      std::getenv("RIDGEBACK_DISABLE") != nullptr ? std::getenv("RIDGEBACK_DISABLE") : "";
  const std::string saved_baseline =
      std::getenv("RIDGEBACK_BASELINE") != nullptr ? std::getenv("RIDGEBACK_BASELINE") : "";
  setenv("RIDGEBACK_DISABLE", "coopmat,dot8", 1);
  setenv("RIDGEBACK_BASELINE", "0", 1);
  EXPECT_EQ(PlanOptions::from_environment().disabled,
            (Capabilities{Capability::coopmat, Capability::dot8}));
  EXPECT_FALSE(PlanOptions::from_environment().baseline);
  setenv("RIDGEBACK_BASELINE", "1", 1);
  EXPECT_TRUE(PlanOptions::from_environment().baseline);
  setenv("RIDGEBACK_DISABLE", "coopmatt", 1);
  EXPECT_THROW(static_cast<void>(PlanOptions::from_environment()), InvalidArgument);
  setenv("RIDGEBACK_DISABLE", saved_disable.c_str(), 1);
  setenv("RIDGEBACK_BASELINE", saved_baseline.c_str(), 1);
}

}  // namespace
}  // namespace ridgeback::gpu
