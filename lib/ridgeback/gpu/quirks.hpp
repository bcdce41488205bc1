// SPDX-License-Identifier: Apache-2.0
// Known bad pairs of driver and feature: what a device offers but should not be used.
#pragma once

#include "ridgeback/core/capabilities.hpp"
#include "ridgeback/gpu/snapshot.hpp"

#include <span>
#include <string_view>

namespace ridgeback::gpu {

struct Quirk {
  std::uint32_t vendor_id = 0;
  std::uint32_t first_device = 0;  ///< first and last device id, inclusive
  std::uint32_t last_device = 0xffffffff;
  std::string_view driver;  ///< part of the driver's name; empty: any
  Capability capability = Capability::coopmat;
  std::string_view reason;

  [[nodiscard]] bool applies(const DeviceSnapshot& device) const;
};

[[nodiscard]] std::span<const Quirk> quirks();

}  // namespace ridgeback::gpu
