// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/io/file.hpp"

#include "ridgeback/core/error.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace ridgeback::io {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_with_errno(const fs::path& path, const char* action) {
  const int reason = errno;
  throw FileError(path.string(), fmt::format("cannot {}: {}", action, std::strerror(reason)));
}

// Closes on every way out.
struct Descriptor {
  int value;
  ~Descriptor() {
    if (value >= 0) ::close(value);
  }
};

// read() that carries on after a signal.
std::size_t read_some(int descriptor, std::byte* to, std::size_t bytes, const fs::path& path) {
  for (;;) {
    const ssize_t got = ::read(descriptor, to, bytes);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) fail_with_errno(path, "read");
  }
}

// Without this a crash may undo a rename. Some file systems cannot flush a folder: not an error.
void flush_folder(const fs::path& folder) {
  const Descriptor opened{
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (opened.value >= 0) ::fsync(opened.value);
}

}  // namespace

std::vector<std::byte> read_file(const fs::path& path, std::uint64_t max_bytes) {
  const Descriptor opened{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (opened.value < 0) fail_with_errno(path, "open");
  struct stat status {};
  if (::fstat(opened.value, &status) != 0) fail_with_errno(path, "open");
  if (!S_ISREG(status.st_mode)) throw FileError(path.string(), "not a regular file");
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > max_bytes) {
    throw FormatError(path.string(), fmt::format("the file is too large (got {} bytes, expected "
                                                 "at most {})",
                                                 size, max_bytes));
  }
  std::vector<std::byte> bytes(static_cast<std::size_t>(size));
  std::size_t done = 0;
  while (done < bytes.size()) {
    const std::size_t got = read_some(opened.value, bytes.data() + done, bytes.size() - done, path);
    if (got == 0) break;
    done += got;
  }
  bytes.resize(done);
  return bytes;
}

std::string read_text(const fs::path& path, std::uint64_t max_bytes) {
  const std::vector<std::byte> bytes = read_file(path, max_bytes);
  std::string text(bytes.size(), '\0');
  std::transform(bytes.begin(), bytes.end(), text.begin(),
                 [](std::byte b) { return static_cast<char>(b); });
  return text;
}

AtomicFile::AtomicFile(const fs::path& path) : path_(path), target_(path) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  if (fs::is_directory(status)) throw FileError(path.string(), "cannot write: is a folder");
  const bool direct = fs::exists(status) && !fs::is_regular_file(status);
  if (fs::is_symlink(fs::symlink_status(path, ignored))) {
    const fs::path resolved = fs::weakly_canonical(path, ignored);
    if (!resolved.empty()) target_ = resolved;
  }
  if (direct) {
    descriptor_ = ::open(target_.c_str(), O_WRONLY | O_CLOEXEC);
  } else {
    temporary_ = target_;
    temporary_ += ".tmp";
    // What a killed run left; never written through, so that a link placed there has no effect.
    ::unlink(temporary_.c_str());
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  }
  if (descriptor_ < 0) {
    temporary_.clear();
    fail("create");
  }
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::fail(const char* action) const {
  fail_with_errno(path_, action);
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    // One call moves at most about 2 GiB.
    const ssize_t written =
        ::write(descriptor_, bytes.data(), std::min(bytes.size(), std::size_t{1} << 30));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void AtomicFile::commit() {
  require(descriptor_ >= 0, "atomic file: committed twice");
  if (!temporary_.empty() && ::fsync(descriptor_) != 0) fail("flush");
  const int closing = std::exchange(descriptor_, -1);
  if (::close(closing) != 0) fail("close");
  if (temporary_.empty()) return;
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail("rename into place");
  temporary_.clear();
  flush_folder(target_.parent_path());
}

void write_atomically(const fs::path& path, std::span<const std::byte> bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

void write_atomically(const fs::path& path, std::string_view text) {
  write_atomically(path, std::as_bytes(std::span(text)));
}

}  // namespace ridgeback::io
