// SPDX-License-Identifier: Apache-2.0
// One writer a folder.
#pragma once

#include <filesystem>

namespace ridgeback::io {

/// Holds a folder, which must exist, for one process until it is destroyed or the process ends,
/// however that ends; no file is left behind. It is an agreement among those who take it (an
/// advisory lock): readers need none. A second lock in the same process is refused as well.
class FolderLock {
 public:
  /// Throws FileError where another holds it or the folder cannot be opened. On a file system
  /// without locks nothing is held.
  explicit FolderLock(const std::filesystem::path& folder);
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock();

 private:
  int descriptor_ = -1;
};

}  // namespace ridgeback::io
