// SPDX-License-Identifier: Apache-2.0
// What a device can do, as plain values: optional capabilities, limits, class. No Vulkan here.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace ridgeback {

/// Everything beyond the baseline that a kernel variant or the runtime may use.
enum class Capability : std::uint8_t {
  subgroup_basic,
  subgroup_vote,
  subgroup_arithmetic,
  subgroup_ballot,
  subgroup_shuffle,
  storage_8bit,
  storage_16bit,
  int8,
  int16,
  int64,
  float16,
  float64,
  dot8,     ///< integer dot product of packed 4x8 vectors
  coopmat,  ///< KHR cooperative matrix
  timeline_semaphore,
  subgroup_size_control,
  pipeline_statistics,  ///< VK_KHR_pipeline_executable_properties
  memory_budget,
  texel_buffer,  ///< uniform texel buffers of 16 bytes a texel, as long as any storage range
};
inline constexpr int capability_count = static_cast<int>(Capability::texel_buffer) + 1;

/// Name used by RIDGEBACK_DISABLE and in messages: "dot8", "coopmat"...
[[nodiscard]] std::string_view name(Capability capability);

/// A set of capabilities.
class Capabilities {
 public:
  constexpr Capabilities() = default;
  constexpr Capabilities(std::initializer_list<Capability> list) {
    for (const Capability c : list) add(c);
  }
  constexpr void add(Capability c) { bits_ |= bit(c); }
  constexpr void remove(Capability c) { bits_ &= ~bit(c); }
  [[nodiscard]] constexpr bool has(Capability c) const { return (bits_ & bit(c)) != 0; }
  /// Every member of `needed` is here.
  [[nodiscard]] constexpr bool covers(Capabilities needed) const {
    return (needed.bits_ & ~bits_) == 0;
  }
  [[nodiscard]] constexpr Capabilities without(Capabilities other) const {
    Capabilities rest;
    rest.bits_ = bits_ & ~other.bits_;
    return rest;
  }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  /// "dot8, coopmat", or "none".
  [[nodiscard]] std::string text() const;
  bool operator==(const Capabilities&) const = default;

 private:
  static constexpr std::uint32_t bit(Capability c) { return 1U << static_cast<unsigned>(c); }
  std::uint32_t bits_ = 0;
};

/// Parses a comma-separated list of names; throws InvalidArgument naming an unknown one.
[[nodiscard]] Capabilities capabilities_from_names(std::string_view list);

/// The class decides default tiles and the order of choice: discrete, integrated, virtual, cpu.
enum class DeviceClass : std::uint8_t { discrete, integrated, virtual_gpu, cpu, other };
[[nodiscard]] std::string_view name(DeviceClass device_class);

/// Limits that planning and lowering respect. The defaults are the baseline of DESIGN: every
/// Vulkan 1.1 device has at least these.
struct Limits {
  std::uint32_t max_workgroup_invocations = 128;
  std::array<std::uint32_t, 3> max_workgroup_size{128, 128, 64};
  std::array<std::uint32_t, 3> max_workgroup_count{65535, 65535, 65535};
  std::uint32_t shared_memory_bytes = 16384;
  std::uint32_t push_constant_bytes = 128;
  std::uint32_t max_storage_buffers = 8;
  std::uint64_t max_storage_range = std::uint64_t{128} << 20;
  std::uint64_t max_allocation = std::uint64_t{1} << 30;
  std::uint32_t storage_offset_alignment = 256;
  std::uint32_t subgroup_size = 1;

  bool operator==(const Limits&) const = default;
};

}  // namespace ridgeback
