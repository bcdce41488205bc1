// SPDX-License-Identifier: Apache-2.0
// What a tuner found, kept in a file of the cache folder for each device, driver version and set of
// shaders.
#pragma once

#include "ridgeback/core/capabilities.hpp"
#include "ridgeback/gpu/snapshot.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace ridgeback {

/// Choice::point to the option that won.
using TunedChoices = std::map<std::string, std::string, std::less<>>;

/// The file of a device whose kernels are chosen as for `device_class` (RIDGEBACK_CLASS may differ
/// from the device's own); nothing where nothing is to be kept (RIDGEBACK_CACHE= ).
[[nodiscard]] std::optional<std::filesystem::path> tuned_file(const gpu::DeviceSnapshot& device,
                                                              DeviceClass device_class);

/// What the file holds for that device; empty where it is missing, damaged, too large, of another
/// device or of another format: nothing that is wrong with it is an error.
[[nodiscard]] TunedChoices load_tuned(const std::filesystem::path& file,
                                      const gpu::DeviceSnapshot& device, DeviceClass device_class);

/// Replaces the file. Throws FileError where it cannot be written.
void save_tuned(const std::filesystem::path& file, const gpu::DeviceSnapshot& device,
                DeviceClass device_class, const TunedChoices& choices);

}  // namespace ridgeback
