// SPDX-License-Identifier: Apache-2.0
// Vulkan's pipeline cache, kept in a file per device, driver and shader table. Nothing that is
// wrong with the file is an error: it only costs the time to compile again.
#pragma once

#include "ridgeback/gpu/cache_folder.hpp"
#include "ridgeback/gpu/context.hpp"
#include "ridgeback/gpu/unique.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

namespace ridgeback::gpu {

/// The bytes of a cache file around a driver's `blob`: magic, length, checksum.
[[nodiscard]] std::vector<std::byte> seal_cache(std::span<const std::byte> blob);
/// The blob in a file's bytes; nothing where they are damaged, cut off, or the blob's own header
/// is not of this device.
[[nodiscard]] std::optional<std::span<const std::byte>> unseal_cache(
    std::span<const std::byte> file, const DeviceSnapshot& device);

class PipelineCache {
 public:
  explicit PipelineCache(const Context& context);

  [[nodiscard]] VkPipelineCache get() const { return cache_.get(); }
  void note_new_pipeline() { dirty_ = true; }
  /// Writes the file where anything is new: to a temporary first, then renamed.
  void save() noexcept;

 private:
  void write() const;

  const Context& context_;
  std::optional<std::filesystem::path> file_;
  UniquePipelineCache cache_;
  bool dirty_ = false;
};

}  // namespace ridgeback::gpu
