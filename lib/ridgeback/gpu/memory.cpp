// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/gpu/memory.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/gpu/check.hpp"

#include <algorithm>
#include <fmt/core.h>

namespace ridgeback::gpu {
namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;
constexpr std::uint64_t first_device_block = 64 * mebibyte;
constexpr std::uint64_t host_block = 16 * mebibyte;
constexpr std::uint64_t largest_block = 512 * mebibyte;

// Higher is better; negative: cannot serve the domain.
int score(const MemoryType& type, Domain domain, DeviceClass device_class) {
  // On a CPU driver or an integrated GPU all memory is the same: take what the host can map.
  const bool unified = device_class == DeviceClass::cpu || device_class == DeviceClass::integrated;
  switch (domain) {
    case Domain::device:
      if (!type.device_local) return -1;
      if (unified) return (type.host_visible ? 2 : 0) + (type.host_cached ? 1 : 0);
      // The window through which a host sees a discrete GPU's memory is often small: leave it.
      return type.host_visible ? 0 : 1;
    case Domain::upload:
      if (!type.host_visible) return -1;
      return (type.host_coherent ? 4 : 0) + (type.device_local == unified ? 2 : 0) +
             (type.host_cached ? 0 : 1);
    case Domain::readback:
      if (!type.host_visible) return -1;
      return (type.host_cached ? 4 : 0) + (type.host_coherent ? 2 : 0) +
             (type.device_local == unified ? 1 : 0);
  }
  return -1;
}

double in_mebibytes(std::uint64_t bytes) {
  return static_cast<double>(bytes) / static_cast<double>(mebibyte);
}

}  // namespace

std::vector<std::uint32_t> Memory::types_for(Domain domain, std::uint32_t allowed) const {
  const DeviceSnapshot& device = context_.snapshot();
  std::vector<std::uint32_t> types;
  for (std::uint32_t i = 0; i < device.memory_types.size(); ++i) {
    if ((allowed >> i & 1U) == 0) continue;
    if (score(type(i), domain, device.device_class) >= 0) types.push_back(i);
  }
  std::stable_sort(types.begin(), types.end(), [&](std::uint32_t a, std::uint32_t b) {
    return score(type(a), domain, device.device_class) >
           score(type(b), domain, device.device_class);
  });
  return types;
}

std::uint64_t Memory::heap_available(std::uint32_t heap) const {
  std::uint64_t taken = 0;
  std::uint64_t unused = 0;
  for (const MemoryBlock& block : blocks_) {
    if (type(block.type).heap != heap) continue;
    taken += block.slices.bytes();
    if (!block.dedicated) unused += block.slices.free_bytes();
  }
  const std::uint64_t heap_bytes = context_.snapshot().heaps[heap].bytes;
  std::uint64_t left = heap_bytes > taken ? heap_bytes - taken : 0;
  if (context_.has(Capability::memory_budget)) {
    VkPhysicalDeviceMemoryBudgetPropertiesEXT budget{
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT};
    VkPhysicalDeviceMemoryProperties2 properties{
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2, .pNext = &budget};
    vkGetPhysicalDeviceMemoryProperties2(context_.physical(), &properties);
    const std::uint64_t limit = budget.heapBudget[heap];
    const std::uint64_t usage = budget.heapUsage[heap];
    left = std::min(left, limit > usage ? limit - usage : 0);
  }
  return left + unused;
}

std::uint64_t Memory::available() const {
  const std::vector<std::uint32_t> types = types_for(Domain::device, ~std::uint32_t{0});
  return types.empty() ? 0 : heap_available(type(types.front()).heap);
}

// Blocks grow with what was taken already, so that a large model needs few of them.
std::uint64_t Memory::block_bytes(std::uint32_t type_index, Domain domain) const {
  std::uint64_t taken = 0;
  for (const MemoryBlock& block : blocks_) {
    if (block.type == type_index) taken += block.slices.bytes();
  }
  const std::uint64_t least = domain == Domain::device ? first_device_block : host_block;
  const std::uint64_t heap = context_.snapshot().heaps[type(type_index).heap].bytes;
  const std::uint64_t wanted = std::min(std::max(taken, least), largest_block);
  return std::min({wanted, context_.plan().limits.max_allocation, heap / 8}) / mebibyte * mebibyte;
}

bool Memory::slice_from(MemoryBlock& block, const VkMemoryRequirements& need,
                        MemorySlice& out) const {
  const auto offset = block.slices.allocate(need.size, need.alignment);
  if (!offset) return false;
  out = {.block = &block, .offset = *offset, .bytes = need.size};
  return true;
}

MemoryBlock* Memory::add_block(std::uint32_t type_index, std::uint64_t bytes, bool dedicated) {
  const std::uint64_t size =
      (bytes + FreeList::granularity - 1) / FreeList::granularity * FreeList::granularity;
  const VkMemoryAllocateInfo info{.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
                                  .allocationSize = size,
                                  .memoryTypeIndex = type_index};
  VkDeviceMemory memory = VK_NULL_HANDLE;
  const VkResult result = vkAllocateMemory(context_.get(), &info, nullptr, &memory);
  if (result == VK_ERROR_OUT_OF_DEVICE_MEMORY || result == VK_ERROR_OUT_OF_HOST_MEMORY ||
      result == VK_ERROR_TOO_MANY_OBJECTS) {
    return nullptr;
  }
  check(result, "vkAllocateMemory");
  MemoryBlock block{.memory = {context_.get(), memory},
                    .slices = FreeList(size),
                    .type = type_index,
                    .dedicated = dedicated};
  if (type(type_index).host_visible) {
    void* address = nullptr;
    check(vkMapMemory(context_.get(), memory, 0, VK_WHOLE_SIZE, 0, &address), "vkMapMemory");
    block.mapped = static_cast<std::byte*>(address);
  }
  return &blocks_.emplace_back(std::move(block));
}

bool Memory::allocate_from(std::uint32_t type_index, const VkMemoryRequirements& need,
                           Domain domain, MemorySlice& out) {
  const std::uint64_t block_size = block_bytes(type_index, domain);
  const bool dedicated = need.size > block_size / 2;
  if (!dedicated) {
    for (MemoryBlock& block : blocks_) {
      if (block.type == type_index && !block.dedicated && slice_from(block, need, out)) return true;
    }
    MemoryBlock* block = add_block(type_index, block_size, false);
    if (block != nullptr) return slice_from(*block, need, out);
  }
  // Too large for a block, or no room for a whole one: exactly what was asked.
  MemoryBlock* block = add_block(type_index, need.size, true);
  return block != nullptr && slice_from(*block, need, out);
}

MemorySlice Memory::allocate(const VkMemoryRequirements& requirements, Domain domain,
                             std::string_view purpose) {
  const std::vector<std::uint32_t> types = types_for(domain, requirements.memoryTypeBits);
  const std::uint64_t bytes = requirements.size;
  const std::uint64_t largest = context_.plan().limits.max_allocation;
  if (bytes > largest) {
    throw OutOfMemory(
        fmt::format("allocate: {} needs {:.1f} MiB in one piece (the device allows {:.1f} MiB)",
                    purpose, in_mebibytes(bytes), in_mebibytes(largest)),
        bytes);
  }
  std::uint64_t left = 0;
  MemorySlice slice;
  for (const std::uint32_t index : types) {
    const std::uint64_t available_here = heap_available(type(index).heap);
    left = std::max(left, available_here);
    if (bytes <= available_here && allocate_from(index, requirements, domain, slice)) return slice;
  }
  throw OutOfMemory(fmt::format("allocate: {} needs {:.1f} MiB ({:.1f} MiB of {} are left)",
                                purpose, in_mebibytes(bytes), in_mebibytes(left),
                                domain == Domain::device ? "device memory" : "host memory"),
                    bytes);
}

void Memory::release(const MemorySlice& slice) noexcept {
  if (slice.block == nullptr) return;
  slice.block->slices.release(slice.offset);
  if (!slice.block->slices.unused()) return;
  // One unused block of a type is kept, for the next buffer.
  const std::uint32_t type_index = slice.block->type;
  const bool another = std::any_of(blocks_.begin(), blocks_.end(), [&](const MemoryBlock& block) {
    return &block != slice.block && block.type == type_index && !block.dedicated;
  });
  if (!slice.block->dedicated && !another) return;
  blocks_.remove_if([&](const MemoryBlock& block) { return &block == slice.block; });
}

VkMappedMemoryRange Memory::range_of(const MemorySlice& slice) const {
  const std::uint64_t end = slice.offset + slice.bytes;
  const std::uint64_t rounded =
      (end + FreeList::granularity - 1) / FreeList::granularity * FreeList::granularity;
  return {.sType = VK_STRUCTURE_TYPE_MAPPED_MEMORY_RANGE,
          .memory = slice.block->memory.get(),
          .offset = slice.offset,
          .size = rounded - slice.offset};
}

void Memory::flush(const MemorySlice& slice) const {
  if (type(slice.block->type).host_coherent) return;
  const VkMappedMemoryRange range = range_of(slice);
  check(vkFlushMappedMemoryRanges(context_.get(), 1, &range), "vkFlushMappedMemoryRanges");
}

void Memory::invalidate(const MemorySlice& slice) const {
  if (type(slice.block->type).host_coherent) return;
  const VkMappedMemoryRange range = range_of(slice);
  check(vkInvalidateMappedMemoryRanges(context_.get(), 1, &range),
        "vkInvalidateMappedMemoryRanges");
}

bool Memory::cached(const MemorySlice& slice) const {
  return type(slice.block->type).host_cached;
}

}  // namespace ridgeback::gpu
