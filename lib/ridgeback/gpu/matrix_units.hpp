// SPDX-License-Identifier: Apache-2.0
// Which of a device's cooperative matrix products the kernels use. Pure functions, no Vulkan.
#pragma once

#include "ridgeback/core/matrix_unit.hpp"
#include "ridgeback/gpu/plan.hpp"
#include "ridgeback/gpu/snapshot.hpp"

namespace ridgeback::gpu {

struct MatrixUnits {
  MatrixUnit int8;  ///< signed bytes into i32
  MatrixUnit half;  ///< f16 into f32
};

/// Of each kind the largest that tiles of multiples of 16 rows, 16 columns and 32 steps can be cut
/// into; none without Capability::coopmat in the plan.
[[nodiscard]] MatrixUnits matrix_units(const DeviceSnapshot& snapshot, const DevicePlan& plan);

}  // namespace ridgeback::gpu
