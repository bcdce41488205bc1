// SPDX-License-Identifier: Apache-2.0
// Whole files in, and files out that are either complete or not there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ridgeback::io {

/// The bytes of a regular file. Throws FileError if it cannot be read, FormatError if it is larger
/// than `max_bytes`.
[[nodiscard]] std::vector<std::byte> read_file(const std::filesystem::path& path,
                                               std::uint64_t max_bytes);

/// The same as text.
[[nodiscard]] std::string read_text(const std::filesystem::path& path, std::uint64_t max_bytes);

/// A file that appears under its name only when it is complete: bytes go to "<name>.tmp" in the
/// same folder; commit() flushes them to the disk, renames, and flushes the folder. Without commit
/// the temporary is removed and an older file stays as it was. A link is followed; a device or pipe
/// is written directly. Every failure is a FileError with the system's reason.
class AtomicFile {
 public:
  /// Missing folders are not created.
  explicit AtomicFile(const std::filesystem::path& path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }
  /// Makes the file appear. Call once, last.
  void commit();

 private:
  [[noreturn]] void fail(const char* action) const;

  std::filesystem::path path_;       // as asked for: named in messages
  std::filesystem::path target_;     // what it leads to
  std::filesystem::path temporary_;  // empty when written directly
  int descriptor_ = -1;
};

/// All of it in one call.
void write_atomically(const std::filesystem::path& path, std::span<const std::byte> bytes);
void write_atomically(const std::filesystem::path& path, std::string_view text);

}  // namespace ridgeback::io
