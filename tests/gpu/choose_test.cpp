// SPDX-License-Identifier: Apache-2.0
// Which of several made-up devices is taken.
#include "ridgeback/core/error.hpp"
#include "ridgeback/gpu/plan.hpp"

#include <gtest/gtest.h>

#include "gpu/made_up_devices.hpp"

namespace ridgeback::gpu {
namespace {

using testing::strongest_device;
using testing::weakest_device;

DeviceSnapshot named(DeviceSnapshot device, const std::string& name, DeviceClass device_class,
                     std::uint64_t gibibytes = 1) {
  device.name = name;
  device.device_class = device_class;
  device.heaps = {{gibibytes << 30, true}, {std::uint64_t{512} << 30, false}};
  return device;
}

std::vector<DeviceSnapshot> machine() {
  std::vector<DeviceSnapshot> devices{
      named(weakest_device(), "llvmpipe", DeviceClass::cpu, 100),
      named(weakest_device(), "UHD Graphics 630", DeviceClass::integrated, 16),
      named(strongest_device(), "GeForce RTX 3060", DeviceClass::discrete, 12),
      named(strongest_device(), "GeForce RTX 4090", DeviceClass::discrete, 24),
      named(strongest_device(), "GeForce RTX 4090", DeviceClass::discrete, 24),
      named(weakest_device(), "Virtio", DeviceClass::virtual_gpu, 64)};
  for (std::size_t i = 0; i < devices.size(); ++i) devices[i].index = static_cast<int>(i);
  return devices;
}

TEST(Choose, ClassThenMemoryThenOrderDecide) {
  std::vector<DeviceSnapshot> devices = machine();
  EXPECT_EQ(choose_device(devices, "", {}), 3U);
  devices[3].problem = devices[4].problem = "broken";
  EXPECT_EQ(choose_device(devices, "", {}), 2U);
  devices[2].problem = "broken";
  EXPECT_EQ(choose_device(devices, "", {}), 1U);
  devices[1].problem = "broken";
  EXPECT_EQ(choose_device(devices, "", {}), 5U);
  devices[5].problem = "broken";
  EXPECT_EQ(choose_device(devices, "", {}), 0U);
}

TEST(Choose, ASelectorIsANumberOrPartOfAName) {
  const std::vector<DeviceSnapshot> devices = machine();
  EXPECT_EQ(choose_device(devices, "0", {}), 0U);
  EXPECT_EQ(choose_device(devices, "LLVM", {}), 0U);
  EXPECT_EQ(choose_device(devices, "rtx 40", {}), 3U);
  EXPECT_EQ(choose_device(devices, "rtx", {}), 3U);
  EXPECT_EQ(choose_device(devices, "graphics 630", {}), 1U);
}

TEST(Choose, UnknownSelectorsListTheDevices) {
  const std::vector<DeviceSnapshot> devices = machine();
  for (const char* selector : {"6", "630", "-1", "radeon", "3 "}) {
    try {
      static_cast<void>(choose_device(devices, selector, {}));
      FAIL() << selector;
    } catch (const InvalidArgument& error) {
      EXPECT_NE(std::string(error.what()).find("llvmpipe"), std::string::npos) << error.what();
    }
  }
}

TEST(Choose, WithoutAUsableDeviceEachRefusalIsListed) {
  std::vector<DeviceSnapshot> devices{machine()[0], machine()[2]};
  devices[0].api_version = 1U << 22;
  devices[1].limits.max_storage_buffers = 4;
  try {
    static_cast<void>(choose_device(devices, "", {}));
    FAIL();
  } catch (const Unsupported& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("llvmpipe"), std::string::npos) << text;
    EXPECT_NE(text.find("got 1.0, expected 1.1"), std::string::npos) << text;
    EXPECT_NE(text.find("storage buffers (got 4, expected 8)"), std::string::npos) << text;
  }
  EXPECT_THROW(static_cast<void>(choose_device(devices, "llvmpipe", {})), Unsupported);
  try {
    static_cast<void>(choose_device({}, "", {}));
    FAIL();
  } catch (const Unsupported& error) {
    EXPECT_NE(std::string(error.what()).find("mesa-vulkan-drivers"), std::string::npos);
  }
}

}  // namespace
}  // namespace ridgeback::gpu
