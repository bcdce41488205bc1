// SPDX-License-Identifier: Apache-2.0
// Writing of small files that several processes may write at once.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace ridgeback::gpu {

/// Writes a temporary beside `path`, flushes it to the disk and renames it, so that a reader sees
/// the old bytes or the new ones. Makes missing folders. Throws FileError.
void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes);

}  // namespace ridgeback::gpu
