// SPDX-License-Identifier: Apache-2.0
// Policy: what to enable on a device and which limits to work under. Pure functions, no Vulkan.
#pragma once

#include "ridgeback/core/capabilities.hpp"
#include "ridgeback/gpu/snapshot.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ridgeback::gpu {

/// Switches from the environment.
struct PlanOptions {
  Capabilities disabled;  ///< RIDGEBACK_DISABLE=coopmat,dot8
  bool baseline =
      false;  ///< RIDGEBACK_BASELINE=1: no capability, and limits no better than `Limits{}`

  /// Reads the environment; throws InvalidArgument for an unknown capability name.
  [[nodiscard]] static PlanOptions from_environment();
};

struct DevicePlan {
  std::uint32_t api_version = 0;  ///< as VK_MAKE_API_VERSION packs it; 1.1 to 1.3
  std::uint32_t queue_family = 0;
  Capabilities capabilities;            ///< enabled
  Limits limits;                        ///< effective
  std::vector<std::string> extensions;  ///< to enable
  bool maintenance4 = false;            ///< to enable: LocalSizeId in shaders
  bool direct_transfer = true;          ///< copy into memory that the host sees without staging
  std::vector<std::string> notes;       ///< why something offered is not used, one sentence each
};

/// Throws Unsupported, naming the device and what is missing, where it lacks the baseline
/// (Vulkan 1.1, a compute queue, the limits of `Limits{}`).
[[nodiscard]] DevicePlan plan_device(const DeviceSnapshot& snapshot, const PlanOptions& options);

/// Index into `devices` of the best: discrete before integrated before virtual before CPU, usable
/// ones only, ties to the larger device-local heap, then the lower index; or the one that
/// `selector` names (a number, or part of a name without regard to case). Throws Unsupported where
/// there is none, listing every device with the reason it was refused; InvalidArgument for a
/// selector that matches none.
[[nodiscard]] std::size_t choose_device(std::span<const DeviceSnapshot> devices,
                                        const std::string& selector, const PlanOptions& options);

}  // namespace ridgeback::gpu
