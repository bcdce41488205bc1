// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/gpu/matrix_units.hpp"

#include <gtest/gtest.h>

#include "gpu/made_up_devices.hpp"

namespace ridgeback::gpu {
namespace {

using testing::strongest_device;
using Type = CooperativeShape::Type;

TEST(MatrixUnits, TheLargestThatTilesCanUse) {
  DeviceSnapshot device = strongest_device();
  EXPECT_FALSE(matrix_units(device, plan_device(device, {})).int8.exists());
  const auto offer = [&](MatrixUnit s, Type operands, Type sums, bool saturating = false) {
    device.cooperative_shapes.push_back({.m = s.m,
                                         .n = s.n,
                                         .k = s.k,
                                         .a = operands,
                                         .b = operands,
                                         .c = sums,
                                         .result = sums,
                                         .saturating = saturating});
  };
  offer({16, 8, 32}, Type::s8, Type::s32);
  offer({16, 16, 32}, Type::s8, Type::s32);
  offer({8, 8, 16}, Type::s8, Type::s32);
  offer({64, 64, 32}, Type::s8, Type::s32);        // larger than a tile
  offer({16, 16, 64}, Type::u8, Type::u32);        // other types
  offer({16, 16, 32}, Type::f16, Type::f16);       // loses bits
  offer({16, 8, 16}, Type::f16, Type::f32, true);  // clamps
  offer({16, 8, 8}, Type::f16, Type::f32);
  const MatrixUnits units = matrix_units(device, plan_device(device, {}));
  EXPECT_EQ(units.int8, (MatrixUnit{16, 16, 32}));
  EXPECT_EQ(units.half, (MatrixUnit{16, 8, 8}));
  EXPECT_EQ(text(units.int8), "16x16x32");
  EXPECT_EQ(text(MatrixUnit{}), "");
}

TEST(MatrixUnits, NoneWhereTheyAreSwitchedOff) {
  DeviceSnapshot device = strongest_device();
  device.cooperative_shapes.push_back({.m = 16,
                                       .n = 16,
                                       .k = 32,
                                       .a = Type::s8,
                                       .b = Type::s8,
                                       .c = Type::s32,
                                       .result = Type::s32});
  EXPECT_TRUE(matrix_units(device, plan_device(device, {})).int8.exists());
  for (const PlanOptions& options :
       {PlanOptions{.disabled = {Capability::coopmat}}, PlanOptions{.baseline = true}})
    EXPECT_FALSE(matrix_units(device, plan_device(device, options)).int8.exists());
}

}  // namespace
}  // namespace ridgeback::gpu
