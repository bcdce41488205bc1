// SPDX-License-Identifier: Apache-2.0
// Runs the tests of a room; under RIDGEBACK_VALIDATION=1 any validation message fails the run.
#include "ridgeback/gpu/device.hpp"

#include <gtest/gtest.h>

#include "harness/device.hpp"
#include "harness/op_case.hpp"
#include "harness/support.hpp"

namespace {

class DeviceOfTheRun final : public testing::Environment {
  void TearDown() override {
    ridgeback::test::print_support();
    ridgeback::test::close_test_device();
    EXPECT_EQ(ridgeback::gpu::validation_messages(), 0U);
  }
};

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  testing::AddGlobalTestEnvironment(new DeviceOfTheRun);
  ridgeback::test::register_op_cases();
  return RUN_ALL_TESTS();
}
