// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/gpu/matrix_units.hpp"

namespace ridgeback::gpu {
namespace {

MatrixUnit largest(const DeviceSnapshot& device, CooperativeShape::Type operands,
                   CooperativeShape::Type sums) {
  MatrixUnit best;
  for (const CooperativeShape& s : device.cooperative_shapes) {
    const bool types = s.a == operands && s.b == operands && s.c == sums && s.result == sums;
    const bool fits =
        s.m > 0 && s.n > 0 && s.k >= 4 && 16 % s.m == 0 && 16 % s.n == 0 && 32 % s.k == 0;
    if (!types || !fits || s.saturating) continue;
    if (s.m * s.n * s.k > best.m * best.n * best.k) best = {s.m, s.n, s.k};
  }
  return best;
}

}  // namespace

MatrixUnits matrix_units(const DeviceSnapshot& snapshot, const DevicePlan& plan) {
  if (!plan.capabilities.has(Capability::coopmat)) return {};
  using Type = CooperativeShape::Type;
  return {.int8 = largest(snapshot, Type::s8, Type::s32),
          .half = largest(snapshot, Type::f16, Type::f32)};
}

}  // namespace ridgeback::gpu
