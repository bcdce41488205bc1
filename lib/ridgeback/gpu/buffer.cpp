// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/gpu/buffer.hpp"

#include "ridgeback/gpu/vulkan_device.hpp"

#include <utility>

namespace ridgeback::gpu {

Buffer::Impl::Impl(std::shared_ptr<VulkanDevice> owner, RawBuffer made, std::uint64_t wanted,
                   Domain kind)
    : device(std::move(owner)), raw(std::move(made)), bytes(wanted), domain(kind) {}

Buffer::Impl::~Impl() {
  device->queue().drain();
  device->count_release(raw.bytes());
  raw = RawBuffer();
}

Buffer::Buffer() = default;
Buffer::Buffer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Buffer::Buffer(Buffer&&) noexcept = default;
Buffer& Buffer::operator=(Buffer&&) noexcept = default;
Buffer::~Buffer() = default;

std::uint64_t Buffer::bytes() const {
  return impl_ ? impl_->bytes : 0;
}

std::span<std::byte> Buffer::mapped() const {
  if (!impl_ || impl_->domain == Domain::device) return {};
  return impl_->raw.mapped().first(static_cast<std::size_t>(impl_->bytes));
}

}  // namespace ridgeback::gpu
