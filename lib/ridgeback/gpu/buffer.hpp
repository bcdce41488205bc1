// SPDX-License-Identifier: Apache-2.0
// What a Buffer owns.
#pragma once

#include "ridgeback/gpu/device.hpp"
#include "ridgeback/gpu/raw_buffer.hpp"

#include <memory>

namespace ridgeback::gpu {

class VulkanDevice;

struct Buffer::Impl {
  Impl(std::shared_ptr<VulkanDevice> owner, RawBuffer made, std::uint64_t wanted, Domain kind);
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  /// Waits for submitted work, which may use the buffer.
  ~Impl();

  std::shared_ptr<VulkanDevice> device;
  RawBuffer raw;
  std::uint64_t bytes = 0;  ///< as asked for
  Domain domain = Domain::device;
};

}  // namespace ridgeback::gpu
