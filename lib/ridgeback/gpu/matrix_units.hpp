// SPDX-License-Identifier: Apache-2.0
// Which of a device's cooperative matrix products the kernels use. Pure functions, no Vulkan.
#pragma once

#include "ridgeback/gpu/plan.hpp"
#include "ridgeback/gpu/snapshot.hpp"

#include <cstdint>
#include <string>

namespace ridgeback::gpu {

/// Extents of the product C[m,n] += A[m,k] B[k,n] that a subgroup makes; all 0: there is none.
struct MatrixUnit {
  std::uint32_t m = 0;
  std::uint32_t n = 0;
  std::uint32_t k = 0;

  [[nodiscard]] bool exists() const { return m > 0; }
  bool operator==(const MatrixUnit&) const = default;
};

struct MatrixUnits {
  MatrixUnit int8;  ///< signed bytes into i32
  MatrixUnit half;  ///< f16 into f32
};

/// Of each kind the largest that tiles of multiples of 16 rows, 16 columns and 32 steps can be cut
/// into; none without Capability::coopmat in the plan.
[[nodiscard]] MatrixUnits matrix_units(const DeviceSnapshot& snapshot, const DevicePlan& plan);

/// "16x16x32", or "" for none: how lowering is told (Target::forced, "matrix_unit/int8" and
/// "matrix_unit/half"; quant/matrix_tiles.hpp reads them).
[[nodiscard]] std::string text(const MatrixUnit& unit);

}  // namespace ridgeback::gpu
