// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/gpu/quirks.hpp"

#include <array>

namespace ridgeback::gpu {
namespace {

constexpr std::uint32_t intel = 0x8086;

// Device ids of Intel's chips: drm/intel/pciids.h (DG2 is Alchemist, BMG is Battlemage).
constexpr std::array<Quirk, 4> table{{
    {intel, 0x4f80, 0x4f88, "", Capability::coopmat,
     "cooperative matrices on Alchemist are far slower than plain code (ggml-org/llama.cpp#24404)"},
    {intel, 0x5690, 0x56af, "", Capability::coopmat,
     "cooperative matrices on Alchemist are far slower than plain code (ggml-org/llama.cpp#24404)"},
    {intel, 0x56b0, 0x56c2, "", Capability::coopmat,
     "cooperative matrices on Alchemist are far slower than plain code (ggml-org/llama.cpp#24404)"},
    {intel, 0xe200, 0xe22f, "Intel Corporation", Capability::coopmat,
     "cooperative matrices crash with this driver on Battlemage (ggml-org/llama.cpp#24005)"},
}};

}  // namespace

bool Quirk::applies(const DeviceSnapshot& device) const {
  return device.vendor_id == vendor_id && device.device_id >= first_device &&
         device.device_id <= last_device && device.driver_name.find(driver) != std::string::npos &&
         device.capabilities.has(capability);
}

std::span<const Quirk> quirks() {
  return table;
}

}  // namespace ridgeback::gpu
