// SPDX-License-Identifier: Apache-2.0
// The recording calls of CommandBuffer: launches, copies, fills, timestamps.
#include "ridgeback/core/error.hpp"
#include "ridgeback/gpu/buffer.hpp"
#include "ridgeback/gpu/check.hpp"
#include "ridgeback/gpu/command_buffer.hpp"
#include "ridgeback/gpu/vulkan_device.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <limits>

namespace ridgeback::gpu {
namespace {

// Both ends inside the buffer as allocated: its length is rounded up to 16 bytes.
void require_inside(const BufferRange& range, const VulkanDevice& device, std::string_view what) {
  require(range.buffer != nullptr && static_cast<bool>(*range.buffer),
          fmt::format("{}: no buffer", what));
  require(range.buffer->impl().device.get() == &device,
          fmt::format("{}: the buffer is of another device", what));
  const std::uint64_t bytes = range.buffer->impl().raw.bytes();
  require(range.offset <= bytes && range.bytes <= bytes - range.offset,
          fmt::format("{}: range outside the buffer (got {} + {}, expected at most {})", what,
                      range.offset, range.bytes, range.buffer->bytes()));
}

void require_words(const BufferRange& range, std::string_view what) {
  require(range.offset % 4 == 0 && range.bytes % 4 == 0,
          fmt::format("{}: offset and length must be multiples of 4 (got {} + {})", what,
                      range.offset, range.bytes));
}

VkDescriptorBufferInfo descriptor_of(const BufferRange& range, const VulkanDevice& device,
                                     std::string_view label) {
  require_inside(range, device, label);
  const Limits& limits = device.limits();
  require(range.offset % limits.storage_offset_alignment == 0,
          fmt::format("{}: misaligned buffer offset (got {}, expected a multiple of {})", label,
                      range.offset, limits.storage_offset_alignment));
  require(range.bytes <= limits.max_storage_range,
          fmt::format("{}: range too long to bind (got {} bytes, the device allows {})", label,
                      range.bytes, limits.max_storage_range));
  const RawBuffer& raw = range.buffer->impl().raw;
  // Vulkan binds no empty range; an empty tensor gets bytes that no kernel may touch.
  if (range.bytes == 0) return {.buffer = raw.get(), .offset = 0, .range = 16};
  return {.buffer = raw.get(), .offset = range.offset, .range = (range.bytes + 3) / 4 * 4};
}

UniqueBufferView make_view(VkDevice device, const VkDescriptorBufferInfo& info, BindingKind kind) {
  // Whole texels: buffers are as long, and what lies between a tensor's end and that is not used.
  const VkBufferViewCreateInfo view{.sType = VK_STRUCTURE_TYPE_BUFFER_VIEW_CREATE_INFO,
                                    .buffer = info.buffer,
                                    .format = kind == BindingKind::float_texels
                                                  ? VK_FORMAT_R32G32B32A32_SFLOAT
                                                  : VK_FORMAT_R32G32B32A32_UINT,
                                    .offset = info.offset,
                                    .range = (info.range + 15) / 16 * 16};
  VkBufferView handle = VK_NULL_HANDLE;
  check(vkCreateBufferView(device, &view, nullptr, &handle), "vkCreateBufferView");
  return {device, handle};
}

void require_groups(std::array<std::uint32_t, 3> groups, std::array<std::uint32_t, 3> base,
                    const Limits& limits, std::string_view label) {
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const std::uint64_t end = std::uint64_t{base[axis]} + groups[axis];
    require(end <= limits.max_workgroup_count[axis],
            fmt::format("{}: too many workgroups on axis {} (got {} + {}, the device allows {})",
                        label, axis, base[axis], groups[axis], limits.max_workgroup_count[axis]));
  }
}

}  // namespace

void CommandBuffer::dispatch(const Pipeline& pipeline, std::span<const BufferRange> bindings,
                             std::span<const std::byte> push, std::array<std::uint32_t, 3> groups,
                             std::string_view label, std::array<std::uint32_t, 3> base) {
  Impl& self = *impl_;
  self.require_recording("dispatch");
  const ShaderLayout& layout = *pipeline.layout;
  const ShaderFacts& facts = layout.facts;
  const Limits& limits = self.device->limits();
  require(bindings.size() == facts.bindings.size(),
          fmt::format("{}: wrong number of buffers for {} (got {}, expected {})", label,
                      pipeline.name, bindings.size(), facts.bindings.size()));
  require(push.size() == facts.push_bytes,
          fmt::format("{}: wrong push constants for {} (got {} bytes, expected {})", label,
                      pipeline.name, push.size(), facts.push_bytes));
  require_groups(groups, base, limits, label);
  std::vector<VkDescriptorBufferInfo> infos;
  for (const BufferRange& range : bindings)
    infos.push_back(descriptor_of(range, *self.device, label));

  self.labels->emplace_back(label);
  if (groups[0] == 0 || groups[1] == 0 || groups[2] == 0) return;
  const VkDescriptorSet set = self.allocate_set(layout);
  std::vector<VkBufferView> views(infos.size(), VK_NULL_HANDLE);
  std::vector<VkWriteDescriptorSet> writes;
  for (std::size_t i = 0; i < infos.size(); ++i) {
    const BindingKind kind = facts.bindings[i].kind;
    if (kind != BindingKind::storage) {
      self.views.push_back(make_view(self.device->context().get(), infos[i], kind));
      views[i] = self.views.back().get();
    }
    writes.push_back({.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
                      .dstSet = set,
                      .dstBinding = facts.bindings[i].number,
                      .descriptorCount = 1,
                      .descriptorType = descriptor_type(kind),
                      .pBufferInfo = &infos[i],
                      .pTexelBufferView = &views[i]});
  }
  vkUpdateDescriptorSets(self.device->context().get(), static_cast<std::uint32_t>(writes.size()),
                         writes.data(), 0, nullptr);
  if (self.bound != &pipeline) {
    vkCmdBindPipeline(self.handle, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline.handle.get());
    self.bound = &pipeline;
  }
  vkCmdBindDescriptorSets(self.handle, VK_PIPELINE_BIND_POINT_COMPUTE, layout.layout.get(), 0, 1,
                          &set, 0, nullptr);
  if (!push.empty()) {
    vkCmdPushConstants(self.handle, layout.layout.get(), VK_SHADER_STAGE_COMPUTE_BIT, 0,
                       static_cast<std::uint32_t>(push.size()), push.data());
  }
  if (base == std::array<std::uint32_t, 3>{0, 0, 0}) {
    vkCmdDispatch(self.handle, groups[0], groups[1], groups[2]);
  } else {
    vkCmdDispatchBase(self.handle, base[0], base[1], base[2], groups[0], groups[1], groups[2]);
  }
}

void CommandBuffer::copy(const BufferRange& from, const BufferRange& to) {
  impl_->require_recording("copy");
  require_inside(from, *impl_->device, "copy");
  require_inside(to, *impl_->device, "copy");
  require_words(from, "copy");
  require_words(to, "copy");
  require(from.bytes == to.bytes,
          fmt::format("copy: lengths differ (got {} and {})", from.bytes, to.bytes));
  const RawBuffer& source = from.buffer->impl().raw;
  const RawBuffer& target = to.buffer->impl().raw;
  const bool overlap = source.get() == target.get() && from.offset < to.offset + to.bytes &&
                       to.offset < from.offset + from.bytes;
  require(!overlap, "copy: the ranges overlap");
  if (from.bytes == 0) return;
  const VkBufferCopy region{.srcOffset = from.offset, .dstOffset = to.offset, .size = from.bytes};
  vkCmdCopyBuffer(impl_->handle, source.get(), target.get(), 1, &region);
}

void CommandBuffer::fill(const BufferRange& range, std::uint32_t word) {
  impl_->require_recording("fill");
  require_inside(range, *impl_->device, "fill");
  require_words(range, "fill");
  if (range.bytes == 0) return;
  vkCmdFillBuffer(impl_->handle, range.buffer->impl().raw.get(), range.offset, range.bytes, word);
}

void CommandBuffer::timestamp(std::uint32_t slot) {
  impl_->require_recording("timestamp");
  require(slot < impl_->slot_written.size(),
          fmt::format("timestamp: no such slot (got {}, expected below {})", slot,
                      impl_->slot_written.size()));
  require(!impl_->slot_written[slot], fmt::format("timestamp: slot {} is written twice", slot));
  impl_->slot_written[slot] = true;
  if (!impl_->queries) return;
  vkCmdWriteTimestamp(impl_->handle, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, impl_->queries.get(),
                      slot);
}

}  // namespace ridgeback::gpu
