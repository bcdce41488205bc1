// SPDX-License-Identifier: Apache-2.0
// Moves bytes between the host and device memory that the host cannot see, through a ring of two
// mapped chunks: one is copied by the device while the host fills or empties the other.
#pragma once

#include "ridgeback/gpu/queue.hpp"
#include "ridgeback/gpu/raw_buffer.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <span>

namespace ridgeback::gpu {

class Staging {
 public:
  static constexpr std::uint64_t chunk_bytes = std::uint64_t{8} << 20;

  Staging(const Context& context, Memory& memory, Queue& queue)
      : context_(context), memory_(memory), queue_(queue) {}
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;
  ~Staging() { queue_.drain(); }

  /// Both return when the bytes are there. Offset a multiple of 4; a length that is not is rounded
  /// up (with zeros), which must stay inside the buffer.
  void upload(const RawBuffer& to, std::uint64_t offset, std::span<const std::byte> bytes);
  void download(const RawBuffer& from, std::uint64_t offset, std::span<std::byte> bytes);

 private:
  struct Slot {
    RawBuffer buffer;
    UniqueCommandPool pool;
    VkCommandBuffer commands = VK_NULL_HANDLE;
    std::uint64_t submission = 0;
    std::span<std::byte> target;  ///< where a download's bytes go once they are here
  };
  using Ring = std::array<Slot, 2>;

  void prepare(Ring& ring, Domain domain);
  void copy(Slot& slot, VkBuffer from, VkBuffer to, VkBufferCopy region);
  void collect(Slot& slot);

  const Context& context_;
  Memory& memory_;
  Queue& queue_;
  Ring up_;
  Ring down_;
};

}  // namespace ridgeback::gpu
