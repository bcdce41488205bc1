// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/gpu/quirks.hpp"

#include <algorithm>
#include <array>

namespace ridgeback::gpu {
namespace {

constexpr std::uint32_t amd = 0x1002;
constexpr std::uint32_t intel = 0x8086;

constexpr std::string_view alchemist =
    "cooperative matrices on Alchemist can be a thousand times slower than plain code "
    "(ggml-org/llama.cpp#24404)";

// Device ids of Intel's chips: Linux, include/drm/intel/pciids.h (DG2 is Alchemist, BMG is
// Battlemage).
constexpr std::array<Quirk, 7> table{{
    {.vendor_id = intel, .first_device = 0x4f80, .last_device = 0x4f88, .reason = alchemist},
    {.vendor_id = intel, .first_device = 0x5690, .last_device = 0x56af, .reason = alchemist},
    {.vendor_id = intel, .first_device = 0x56b0, .last_device = 0x56c2, .reason = alchemist},
    {.vendor_id = intel,
     .first_device = 0xe200,
     .last_device = 0xe22f,
     .driver = "Intel Corporation",
     .reason = "cooperative matrices crash this driver on Battlemage (ggml-org/llama.cpp#24005)"},
    {.vendor_id = amd,
     .driver = "AMD",
     .device_class = DeviceClass::integrated,
     .reason = "this driver crashes when asked for its matrix shapes (GPUOpen-Drivers/AMDVLK#422)"},
    {.vendor_id = amd,
     .driver = "AMD",
     .without_mixed_dot = true,
     .reason = "this driver offers cooperative matrices on chips that have none "
               "(ggml-org/llama.cpp#11074)"},
    {.vendor_id = amd,
     .driver = "radv",
     .without_mixed_dot = true,
     .reason = "this driver emulates cooperative matrices on chips that have none"},
}};

}  // namespace

bool Quirk::applies(const DeviceSnapshot& device) const {
  return device.vendor_id == vendor_id && device.device_id >= first_device &&
         device.device_id <= last_device && device.driver_name.find(driver) != std::string::npos &&
         (!device_class || device.device_class == *device_class) &&
         (!without_mixed_dot || !device.dot8_mixed_accelerated);
}

const Quirk* quirk_for(const DeviceSnapshot& device, Capability capability) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const Quirk& quirk) {
    return quirk.capability == capability && quirk.applies(device);
  });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace ridgeback::gpu
