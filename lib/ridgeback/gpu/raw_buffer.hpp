// SPDX-License-Identifier: Apache-2.0
// A VkBuffer with its memory; what Buffer and the staging rings are made of.
#pragma once

#include "ridgeback/gpu/memory.hpp"
#include "ridgeback/gpu/unique.hpp"

#include <span>
#include <string_view>

namespace ridgeback::gpu {

class RawBuffer {
 public:
  RawBuffer() = default;
  /// At least 16 bytes, and a multiple of 16, so that kernels may load whole vectors.
  RawBuffer(const Context& context, Memory& memory, std::uint64_t bytes, Domain domain,
            std::string_view purpose);
  RawBuffer(RawBuffer&& other) noexcept;
  RawBuffer& operator=(RawBuffer&& other) noexcept;
  ~RawBuffer();

  [[nodiscard]] VkBuffer get() const { return buffer_.get(); }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  /// Empty where the host cannot see the memory.
  [[nodiscard]] std::span<std::byte> mapped() const;
  [[nodiscard]] bool cached() const { return memory_->cached(slice_); }
  void flush() const { memory_->flush(slice_); }
  void invalidate() const { memory_->invalidate(slice_); }

 private:
  void free() noexcept;

  UniqueBuffer buffer_;
  Memory* memory_ = nullptr;
  MemorySlice slice_;
  std::uint64_t bytes_ = 0;
};

}  // namespace ridgeback::gpu
