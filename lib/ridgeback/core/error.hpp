// SPDX-License-Identifier: Apache-2.0
// The error family. Everything that Ridgeback throws on purpose derives from Error.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace ridgeback {

/// Base of all errors. The message reads "<operation or file>: what is wrong (got X, expected Y)".
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The caller passed something that cannot be: a shape, a range, an option, an unknown name.
class InvalidArgument : public Error {
 public:
  using Error::Error;
};

/// A valid request that this device or this build cannot serve; names the kernel and what is
/// missing.
class Unsupported : public Error {
 public:
  using Error::Error;
};

/// A Vulkan call failed or the device was lost. `result()` is the VkResult as an integer.
class DeviceError : public Error {
 public:
  DeviceError(const std::string& message, int result) : Error(message), result_(result) {}
  [[nodiscard]] int result() const { return result_; }

 private:
  int result_;
};

/// Memory that was asked for is not there. `requested()` is in bytes.
class OutOfMemory : public Error {
 public:
  OutOfMemory(const std::string& message, std::uint64_t requested)
      : Error(message), requested_(requested) {}
  [[nodiscard]] std::uint64_t requested() const { return requested_; }

 private:
  std::uint64_t requested_;
};

/// A file does not hold what it should. Names the file and, where one is known, the byte offset.
class FormatError : public Error {
 public:
  FormatError(std::string_view file, std::uint64_t offset, std::string_view what);
  FormatError(std::string_view file, std::string_view what);
  [[nodiscard]] const std::string& file() const { return file_; }

 private:
  std::string file_;
};

/// A file or folder cannot be opened, read or written; the message carries the system's reason.
class FileError : public Error {
 public:
  FileError(std::string_view file, std::string_view what);
};

/// Throws InvalidArgument(message) unless `condition` holds. For callers' mistakes; our own are
/// asserts.
void require(bool condition, std::string_view message);

}  // namespace ridgeback
