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
  /// Kernel to variant: overrides every choice where that variant is usable (RIDGEBACK_FORCE,
  /// tests, tuner).
  std::map<std::string, std::string, std::less<>> forced;

  [[nodiscard]] bool has(std::string_view kernel, std::string_view variant) const;
  [[nodiscard]] bool is_cpu() const { return device_class == DeviceClass::cpu; }
};

/// The variant to launch: the forced one where it is usable, else the first usable one of
/// `candidates`, else the kernel's first usable variant. Throws Unsupported, naming the kernel,
/// where no variant is usable.
[[nodiscard]] std::string choose_variant(const Target& target, std::string_view kernel,
                                         const std::vector<std::string>& candidates);

}  // namespace ridgeback
