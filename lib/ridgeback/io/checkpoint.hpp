// SPDX-License-Identifier: Apache-2.0
// Checkpoints of a run: complete or absent, verified when read, the last few kept.
#pragma once

#include "ridgeback/io/stored_tensor.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ridgeback::io {

/// All that a run needs to go on exactly: tensors (parameters, optimizer state, statistics) and
/// text (settings, data order, seeds).
struct Checkpoint {
  std::int64_t step = 0;   ///< steps done
  std::int64_t epoch = 0;  ///< epochs done
  std::map<std::string, std::string> settings;
  std::vector<StoredTensor> tensors;
};

/// Writes `folder`/checkpoint-<step>.safetensors atomically with a checksum, creating the folder if
/// it is missing. Then removes older checkpoints (of a smaller step) until `keep` (at least 1) are
/// left with this one. Returns the file. Throws FileError; the older ones then stay.
std::filesystem::path save_checkpoint(const std::filesystem::path& folder,
                                      const Checkpoint& checkpoint, int keep = 2);

/// Reads one file. Throws FormatError if it is damaged, is no checkpoint, or a floating-point
/// tensor holds a NaN or an infinity, which the message names.
[[nodiscard]] Checkpoint load_checkpoint(const std::filesystem::path& path);

/// The checkpoint files of a folder by falling step. Throws FileError for a folder that is not
/// there.
[[nodiscard]] std::vector<std::filesystem::path> list_checkpoints(
    const std::filesystem::path& folder);

struct FoundCheckpoint {
  std::filesystem::path path;
  Checkpoint checkpoint;
};

/// The newest valid checkpoint of a folder. Damaged newer ones are passed over with a warning that
/// names them; if all are damaged, the newest one's error is thrown. Nothing where there is none.
[[nodiscard]] std::optional<FoundCheckpoint> latest_checkpoint(const std::filesystem::path& folder);

}  // namespace ridgeback::io
