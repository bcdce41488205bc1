// SPDX-License-Identifier: Apache-2.0
// What lowering may know about the device: plain values, so plans are made and tested without one.
#pragma once

#include "ridgeback/core/capabilities.hpp"

#include <map>
#include <string>
#include <vector>

namespace ridgeback {

struct Target {
  DeviceClass device_class = DeviceClass::cpu;
  Limits limits;
  Capabilities capabilities;
  /// Usable variants of each kernel, in the order in which its shader lists them.
  std::map<std::string, std::vector<std::string>, std::less<>> kernels;
  /// Variants that only RIDGEBACK_DISABLE keeps from being usable.
  std::map<std::string, std::vector<std::string>, std::less<>> disabled;
  /// Kernel to variant, or "kernel/tile" to a tile: overrides every choice that offers it
  /// (RIDGEBACK_FORCE, tests).
  std::map<std::string, std::string, std::less<>> forced;
  /// Choice::point to what a tuner found the fastest there; anything that is not offered is
  /// ignored.
  std::map<std::string, std::string, std::less<>> tuned;

  [[nodiscard]] bool has(std::string_view kernel, std::string_view variant) const;
  [[nodiscard]] bool is_cpu() const { return device_class == DeviceClass::cpu; }
};

}  // namespace ridgeback
