// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/gpu/check.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/gpu/queue.hpp"

#include <gtest/gtest.h>
#include <string>

namespace ridgeback::gpu {
namespace {

TEST(Check, ResultsBecomeErrors) {
  EXPECT_NO_THROW(check(VK_SUCCESS, "vkCall"));
  EXPECT_NO_THROW(check(VK_INCOMPLETE, "vkCall"));
  EXPECT_THROW(check(VK_ERROR_OUT_OF_DEVICE_MEMORY, "vkCall"), OutOfMemory);
  EXPECT_THROW(check(VK_ERROR_OUT_OF_HOST_MEMORY, "vkCall"), OutOfMemory);
  try {
    check(VK_ERROR_DEVICE_LOST, "vkCall");
    FAIL();
  } catch (const DeviceError& error) {
    EXPECT_EQ(error.result(), VK_ERROR_DEVICE_LOST);
    EXPECT_EQ(std::string(error.what()), "vkCall: VK_ERROR_DEVICE_LOST (-4)");
  }
  EXPECT_THROW(check(static_cast<VkResult>(-12345), "vkCall"), DeviceError);
}

TEST(Check, ALostDeviceIsReportedWithItsLastLaunches) {
  const auto first = std::make_shared<const std::vector<std::string>>(
      std::vector<std::string>{"a", "b", "c", "d", "e"});
  const auto second = std::make_shared<const std::vector<std::string>>(
      std::vector<std::string>{"f", "g", "h", "matmul 3"});
  const std::vector<Labels> pending{first, second};
  const std::string text = lost_message("vkWaitSemaphores", pending);
  EXPECT_EQ(text.rfind("vkWaitSemaphores: the device was lost", 0), 0U) << text;
  EXPECT_NE(text.find("launches: b, c, d, e, f, g, h, matmul 3"), std::string::npos) << text;
  EXPECT_NE(lost_message("wait", {}).find("none recorded"), std::string::npos);
}

}  // namespace
}  // namespace ridgeback::gpu
