// SPDX-License-Identifier: Apache-2.0
// Reads a file or memory, plain or gzip, from front to back and never trusts what it says of
// itself.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace ridgeback::data {

/// Bytes in order. Content that starts with the gzip magic is decompressed (several members too);
/// truncation, a wrong checksum or length, and garbage after the last member are FormatErrors.
/// Memory is constant: a decompression bomb costs no more than what the reader asks for.
class ByteStream {
 public:
  /// Fills the span from its start and returns how many bytes; fewer only at the end.
  using Source = std::function<std::size_t(std::span<std::uint8_t>)>;

  ByteStream(std::string name, Source source);
  /// Throws FileError if the file cannot be opened or is not a regular file.
  static ByteStream open(const std::filesystem::path& path);
  /// Reads `bytes`, which must outlive the stream; `name` stands in for a file in messages.
  static ByteStream of(std::span<const std::uint8_t> bytes, std::string name);
  ByteStream(ByteStream&&) noexcept;
  ByteStream& operator=(ByteStream&&) noexcept;
  ~ByteStream();

  /// Fills `to` from its start and returns how many bytes; fewer only at the end of the content.
  std::size_t read(std::span<std::uint8_t> to);
  /// (Decompressed) bytes read so far.
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  class Gunzip;
  std::string name_;
  Source source_;
  std::unique_ptr<Gunzip> gunzip_;
  std::uint64_t offset_ = 0;
};

}  // namespace ridgeback::data
