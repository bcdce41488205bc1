// SPDX-License-Identifier: Apache-2.0
// Facts of one Vulkan device, read once into plain values. Everything decided about a device is a
// pure function of this (gpu/plan.hpp), so it can be tested with made-up devices.
#pragma once

#include "ridgeback/core/capabilities.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ridgeback::gpu {

struct MemoryHeap {
  std::uint64_t bytes = 0;
  bool device_local = false;
};

struct MemoryType {
  std::uint32_t heap = 0;
  bool device_local = false;
  bool host_visible = false;
  bool host_coherent = false;
  bool host_cached = false;
};

struct QueueFamily {
  std::uint32_t count = 0;
  bool compute = false;
  bool graphics = false;
  bool transfer = false;
  std::uint32_t timestamp_bits = 0;  ///< 0: no timestamps on this family
};

/// A shape of cooperative matrix product C[m,n] += A[m,k] B[k,n] that one subgroup computes.
struct CooperativeShape {
  enum class Type : std::uint8_t { f16, f32, s8, s32, u8, u32, other };
  std::uint32_t m = 0;
  std::uint32_t n = 0;
  std::uint32_t k = 0;
  Type a = Type::other;
  Type b = Type::other;
  Type c = Type::other;       ///< accumulator
  Type result = Type::other;  ///< equals the accumulator on every device seen
  bool saturating = false;
};

struct DeviceSnapshot {
  int index = 0;  ///< position in the order that the loader reports
  std::string name;
  std::string driver_name;  ///< "llvmpipe", "radv", ... empty where the driver does not say
  std::string driver_info;
  std::uint32_t driver_version = 0;
  std::uint32_t api_version = 0;  ///< as VK_MAKE_API_VERSION packs it
  std::uint32_t vendor_id = 0;
  std::uint32_t device_id = 0;
  std::array<std::uint8_t, 16> uuid{};
  std::array<std::uint8_t, 16> cache_uuid{};
  DeviceClass device_class = DeviceClass::other;
  Limits limits;
  Capabilities capabilities;            ///< what features and extensions offer, before any switch
  std::uint32_t min_subgroup_size = 0;  ///< 0 without subgroup-size control
  std::uint32_t max_subgroup_size = 0;
  std::vector<CooperativeShape> cooperative_shapes;
  bool dot8_accelerated = false;        ///< signed 4x8 dot products are instructions
  bool dot8_mixed_accelerated = false;  ///< so are those of a signed and an unsigned operand
  std::uint64_t max_buffer_bytes = 0;   ///< 0: the driver does not say
  std::uint32_t non_coherent_atom = 1;
  bool maintenance4 = false;  ///< workgroup sizes by LocalSizeId (SPIR-V of Vulkan 1.3)
  double timestamp_period_ns = 0;
  bool robust_buffer_access = false;
  std::vector<MemoryHeap> heaps;
  std::vector<MemoryType> memory_types;
  std::vector<QueueFamily> queue_families;
  std::vector<std::string> extensions;
  std::string problem;  ///< why the device could not be read in full; empty: it could

  [[nodiscard]] bool offers(std::string_view extension) const {
    return std::find(extensions.begin(), extensions.end(), extension) != extensions.end();
  }
  /// Vulkan `major`.`minor` or higher.
  [[nodiscard]] bool at_least(std::uint32_t major, std::uint32_t minor) const {
    return api_version >= (major << 22 | minor << 12);
  }
};

}  // namespace ridgeback::gpu
