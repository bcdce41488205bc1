// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/core/matrix_unit.hpp"

#include <gtest/gtest.h>

namespace ridgeback {
namespace {

TEST(MatrixUnit, TextComesBack) {
  for (const MatrixUnit& unit : {MatrixUnit{16, 16, 32}, MatrixUnit{8, 16, 4}, MatrixUnit{}})
    EXPECT_EQ(matrix_unit_from_text(text(unit)), unit) << text(unit);
  EXPECT_EQ(text(MatrixUnit{16, 8, 4}), "16x8x4");
  EXPECT_EQ(text(MatrixUnit{}), "");
}

TEST(MatrixUnit, OtherTextIsNone) {
  for (const char* other : {"x", "16", "16x16", "16x16x", "0x16x16", "16x16x16x16", "16x16x32 ",
                            "16x-16x16", "99999999999x1x1", "axbxc"})
    EXPECT_FALSE(matrix_unit_from_text(other).exists()) << other;
}

}  // namespace
}  // namespace ridgeback
