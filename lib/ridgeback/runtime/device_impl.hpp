// SPDX-License-Identifier: Apache-2.0
// Inside of runtime/device.hpp, for the sources of this room.
#pragma once

#include "ridgeback/gpu/device.hpp"
#include "ridgeback/runtime/device.hpp"

#include <memory>
#include <unordered_map>

namespace ridgeback {

struct Device::Impl {
  std::shared_ptr<gpu::Device> gpu;
  Target target;

  /// Storage of a parameter or state; made and initialized on first use.
  const gpu::Buffer& persistent(const Tensor& tensor);

 private:
  struct Value {
    std::weak_ptr<const Node> node;  // gone: nobody can name the value any more
    std::shared_ptr<gpu::Buffer> buffer;
  };
  void forget_expired();
  std::unordered_map<const Node*, Value> values_;
  std::size_t forget_at_ = 64;

 public:
  /// As persistent(), shared: an executable keeps the storage that its commands name.
  std::shared_ptr<gpu::Buffer> share(const Tensor& tensor);
};

/// The target of an opened device: its plan, and the variants in the shader table that it can run
/// or could, had the user not switched off some of what it offers.
[[nodiscard]] Target make_target(DeviceClass device_class, const Limits& limits,
                                 const Capabilities& capabilities,
                                 const Capabilities& switched_off = {});

/// Applies "kernel:variant,kernel:variant"; throws InvalidArgument for a kernel or variant that
/// does not exist.
void apply_forced(Target& target, std::string_view text);

}  // namespace ridgeback
