// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/gpu/write_file.hpp"

#include "ridgeback/core/error.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fmt/core.h>
#include <memory>
#include <system_error>
#include <unistd.h>

namespace ridgeback::gpu {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

[[noreturn]] void fail(const std::filesystem::path& path) {
  throw FileError(path.string(), std::strerror(errno));
}

void write_and_flush(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "wb"));
  if (!file) fail(path);
  if (std::fwrite(bytes.data(), 1, bytes.size(), file.get()) != bytes.size()) fail(path);
  if (std::fflush(file.get()) != 0 || fsync(fileno(file.get())) != 0) fail(path);
  if (std::fclose(file.release()) != 0) fail(path);
}

}  // namespace

void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  std::error_code ignored;
  std::filesystem::create_directories(path.parent_path(), ignored);
  std::filesystem::path temporary = path;
  temporary += fmt::format(".{}.tmp", getpid());
  try {
    write_and_flush(temporary, bytes);
    std::filesystem::rename(temporary, path);
  } catch (const std::filesystem::filesystem_error& error) {
    std::filesystem::remove(temporary, ignored);
    throw FileError(path.string(), error.code().message());
  } catch (...) {
    std::filesystem::remove(temporary, ignored);
    throw;
  }
}

}  // namespace ridgeback::gpu
