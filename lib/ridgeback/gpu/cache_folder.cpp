// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/gpu/cache_folder.hpp"

#include "ridgeback/gpu/environment.hpp"
#include "ridgeback/gpu/hash.hpp"
#include "ridgeback/gpu/shader_table.hpp"

#include <array>
#include <fmt/core.h>
#include <span>

namespace ridgeback::gpu {

std::optional<std::filesystem::path> cache_folder() {
  if (const auto chosen = environment("RIDGEBACK_CACHE")) {
    if (chosen->empty()) return {};
    return std::filesystem::path(*chosen);
  }
  const std::string shared = environment("XDG_CACHE_HOME").value_or("");
  if (!shared.empty()) return std::filesystem::path(shared) / "ridgeback";
  const std::string home = environment("HOME").value_or("");
  if (home.empty()) return {};
  return std::filesystem::path(home) / ".cache" / "ridgeback";
}

std::string cache_tag(const DeviceSnapshot& device) {
  std::uint64_t driver = hash_bytes(std::as_bytes(std::span(device.uuid)));
  driver = hash_bytes(std::as_bytes(std::span(device.cache_uuid)), driver);
  const std::array numbers{device.vendor_id, device.device_id, device.driver_version};
  driver = hash_bytes(std::as_bytes(std::span(numbers)), driver);
  driver = hash_bytes(std::as_bytes(std::span(device.driver_info)), driver);
  return fmt::format("{:016x}-{:016x}", driver, shader_table_hash());
}

}  // namespace ridgeback::gpu
