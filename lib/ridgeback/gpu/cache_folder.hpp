// SPDX-License-Identifier: Apache-2.0
// Where what is remembered of a device lies, and under which name.
#pragma once

#include "ridgeback/gpu/snapshot.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace ridgeback::gpu {

/// Where cache files go: RIDGEBACK_CACHE, or $XDG_CACHE_HOME/ridgeback, or ~/.cache/ridgeback.
/// Nothing where RIDGEBACK_CACHE is set and empty, or no home is known.
[[nodiscard]] std::optional<std::filesystem::path> cache_folder();

/// Part of a file name that is of this device, its driver's version and this build's shaders alone:
/// "0123456789abcdef-fedcba9876543210".
[[nodiscard]] std::string cache_tag(const DeviceSnapshot& device);

}  // namespace ridgeback::gpu
