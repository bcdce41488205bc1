// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/data/byte_stream.hpp"

#include "ridgeback/core/error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fmt/core.h>
#include <new>
#include <utility>
#include <vector>
#include <zlib.h>

namespace ridgeback::data {
namespace {

constexpr std::size_t block_bytes = std::size_t{64} << 10;

// Serves a block that was read for a look at it, then the rest of the source.
ByteStream::Source joined(std::vector<std::uint8_t> head, ByteStream::Source rest) {
  return [head = std::move(head), rest = std::move(rest),
          at = std::size_t{0}](std::span<std::uint8_t> to) mutable {
    const std::size_t taken = std::min(to.size(), head.size() - at);
    std::copy_n(head.begin() + static_cast<std::ptrdiff_t>(at), taken, to.begin());
    at += taken;
    return taken + (taken < to.size() ? rest(to.subspan(taken)) : 0);
  };
}

}  // namespace

// Inflates gzip members, one after another, until the source ends.
class ByteStream::Gunzip {
 public:
  Gunzip(std::string name, Source source)
      : name_(std::move(name)), source_(std::move(source)), input_(block_bytes) {
    // 16: a gzip header and trailer, whose checksum and length zlib verifies.
    if (inflateInit2(&zlib_, 15 + 16) != Z_OK) throw std::bad_alloc();
  }
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;
  ~Gunzip() { inflateEnd(&zlib_); }

  std::size_t read(std::span<std::uint8_t> to) {
    std::size_t done = 0;
    while (done < to.size() && !ended_) {
      if (zlib_.avail_in == 0) refill();
      // After a member comes another one or the end of the file.
      if (between_members_) {
        if (zlib_.avail_in == 0) {
          ended_ = true;
          break;
        }
        inflateReset(&zlib_);
        between_members_ = false;
      }
      done += inflate_some(to.subspan(done));
    }
    return done;
  }

 private:
  void refill() {
    const std::size_t got = source_(input_);
    zlib_.next_in = input_.data();
    zlib_.avail_in = static_cast<uInt>(got);
    consumed_ += got;
  }

  std::size_t inflate_some(std::span<std::uint8_t> to) {
    const auto room = static_cast<uInt>(std::min(to.size(), std::size_t{1} << 30));
    zlib_.next_out = to.data();
    zlib_.avail_out = room;
    const bool source_ended = zlib_.avail_in == 0;
    const int status = inflate(&zlib_, Z_NO_FLUSH);
    if (status == Z_STREAM_END) {
      between_members_ = true;
    } else if (status == Z_MEM_ERROR) {
      throw std::bad_alloc();
    } else if (status == Z_BUF_ERROR && source_ended) {
      throw FormatError(name_, consumed_, "gzip data is truncated");
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      throw FormatError(
          name_, consumed_ - zlib_.avail_in,
          fmt::format("corrupt gzip data: {}", zlib_.msg != nullptr ? zlib_.msg : "unknown error"));
    }
    return room - zlib_.avail_out;
  }

  std::string name_;
  Source source_;
  std::vector<std::uint8_t> input_;
  z_stream zlib_{};
  std::uint64_t consumed_ = 0;  // compressed bytes read
  bool between_members_ = false;
  bool ended_ = false;
};

ByteStream::ByteStream(std::string name, Source source) : name_(std::move(name)) {
  std::vector<std::uint8_t> head(2);
  head.resize(source(head));
  const bool gzip = head.size() == 2 && head[0] == 0x1F && head[1] == 0x8B;
  source_ = joined(std::move(head), std::move(source));
  if (gzip) gunzip_ = std::make_unique<Gunzip>(name_, std::move(source_));
}

ByteStream::ByteStream(ByteStream&&) noexcept = default;
ByteStream& ByteStream::operator=(ByteStream&&) noexcept = default;
ByteStream::~ByteStream() = default;

ByteStream ByteStream::open(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) {
    throw FileError(path.string(), "no such file");
  }
  if (!std::filesystem::is_regular_file(status)) {
    throw FileError(path.string(), "not a regular file");
  }
  const std::shared_ptr<std::FILE> file(std::fopen(path.c_str(), "rb"), [](std::FILE* f) {
    if (f != nullptr) std::fclose(f);
  });
  if (!file) throw FileError(path.string(), std::strerror(errno));
  return {path.string(), [file, name = path.string()](std::span<std::uint8_t> to) {
            const std::size_t got = std::fread(to.data(), 1, to.size(), file.get());
            if (got < to.size() && std::ferror(file.get()) != 0) {
              throw FileError(name, fmt::format("cannot read: {}", std::strerror(errno)));
            }
            return got;
          }};
}

ByteStream ByteStream::of(std::span<const std::uint8_t> bytes, std::string name) {
  return {std::move(name), [bytes](std::span<std::uint8_t> to) mutable {
            const std::size_t taken = std::min(to.size(), bytes.size());
            std::copy_n(bytes.begin(), taken, to.begin());
            bytes = bytes.subspan(taken);
            return taken;
          }};
}

std::size_t ByteStream::read(std::span<std::uint8_t> to) {
  const std::size_t got = gunzip_ ? gunzip_->read(to) : source_(to);
  offset_ += got;
  return got;
}

}  // namespace ridgeback::data
