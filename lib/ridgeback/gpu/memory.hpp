// SPDX-License-Identifier: Apache-2.0
// Device memory: blocks from the driver, cut into slices.
#pragma once

#include "ridgeback/gpu/context.hpp"
#include "ridgeback/gpu/device.hpp"
#include "ridgeback/gpu/memory_blocks.hpp"
#include "ridgeback/gpu/unique.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <string_view>
#include <vector>

namespace ridgeback::gpu {

/// One vkAllocateMemory, mapped for its whole life where the host can see it.
struct MemoryBlock {
  UniqueMemory memory;
  FreeList slices{0};
  std::byte* mapped = nullptr;
  std::uint32_t type = 0;
  bool dedicated = false;
};

struct MemorySlice {
  MemoryBlock* block = nullptr;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

class Memory {
 public:
  explicit Memory(const Context& context) : context_(context) {}

  /// Throws OutOfMemory naming `purpose`.
  [[nodiscard]] MemorySlice allocate(const VkMemoryRequirements& requirements, Domain domain,
                                     std::string_view purpose);
  void release(const MemorySlice& slice) noexcept;

  /// Make host writes visible to the device, and device writes to the host. No-ops on coherent
  /// memory. Whole slice: slices never share an atom.
  void flush(const MemorySlice& slice) const;
  void invalidate(const MemorySlice& slice) const;

  [[nodiscard]] bool cached(const MemorySlice& slice) const;
  /// What may still be allocated for Domain::device.
  [[nodiscard]] std::uint64_t available() const;

 private:
  [[nodiscard]] std::vector<std::uint32_t> types_for(Domain domain, std::uint32_t allowed) const;
  [[nodiscard]] const MemoryType& type(std::uint32_t index) const {
    return context_.snapshot().memory_types[index];
  }
  [[nodiscard]] std::uint64_t heap_available(std::uint32_t heap) const;
  [[nodiscard]] std::uint64_t block_bytes(std::uint32_t type_index, Domain domain) const;
  [[nodiscard]] bool slice_from(MemoryBlock& block, const VkMemoryRequirements& need,
                                MemorySlice& out) const;
  [[nodiscard]] MemoryBlock* add_block(std::uint32_t type_index, std::uint64_t bytes,
                                       bool dedicated);
  [[nodiscard]] bool allocate_from(std::uint32_t type_index, const VkMemoryRequirements& need,
                                   Domain domain, MemorySlice& out);
  [[nodiscard]] VkMappedMemoryRange range_of(const MemorySlice& slice) const;

  const Context& context_;
  std::list<MemoryBlock> blocks_;
};

}  // namespace ridgeback::gpu
