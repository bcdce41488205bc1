// SPDX-License-Identifier: Apache-2.0
// Known bad pairs of driver and feature: what a device offers but should not be used.
#pragma once

#include "ridgeback/core/capabilities.hpp"
#include "ridgeback/gpu/snapshot.hpp"

#include <optional>
#include <string_view>

namespace ridgeback::gpu {

/// Applies to a device that every condition holds for.
struct Quirk {
  std::uint32_t vendor_id = 0;
  std::uint32_t first_device = 0;  ///< first and last device id, inclusive
  std::uint32_t last_device = 0xffffffff;
  std::string_view driver;  ///< part of the driver's name
  std::optional<DeviceClass> device_class;
  bool without_mixed_dot = false;  ///< only where mixed 4x8 dot products are no instruction
  Capability capability = Capability::coopmat;
  std::string_view reason;

  [[nodiscard]] bool applies(const DeviceSnapshot& device) const;
};

/// The first quirk that speaks against a capability of a device, or nullptr.
[[nodiscard]] const Quirk* quirk_for(const DeviceSnapshot& device, Capability capability);

}  // namespace ridgeback::gpu
