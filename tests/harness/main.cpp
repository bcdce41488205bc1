// SPDX-License-Identifier: Apache-2.0
// Runs the tests of a room; under RIDGEBACK_VALIDATION=1 any validation message fails the run.
#include "ridgeback/gpu/device.hpp"

#include <gtest/gtest.h>

namespace {

class NoValidationMessages final : public testing::Environment {
  void TearDown() override { EXPECT_EQ(ridgeback::gpu::validation_messages(), 0U); }
};

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  testing::AddGlobalTestEnvironment(new NoValidationMessages);
  return RUN_ALL_TESTS();
}
