// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/io/folder_lock.hpp"

#include "ridgeback/core/error.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <unistd.h>

namespace ridgeback::io {

FolderLock::FolderLock(const std::filesystem::path& folder) {
  // Not inherited: a child that outlives this process would hold it on.
  descriptor_ = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor_ < 0) {
    throw FileError(folder.string(), fmt::format("cannot open: {}", std::strerror(errno)));
  }
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
  ::close(descriptor_);
  throw FileError(folder.string(), "is in use by another process");
}

FolderLock::~FolderLock() {
  ::close(descriptor_);
}

}  // namespace ridgeback::io
