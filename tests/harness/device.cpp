// SPDX-License-Identifier: Apache-2.0
#include "harness/device.hpp"

#include <optional>

namespace ridgeback::test {
namespace {

std::optional<Device>& shared_device() {
  static std::optional<Device> device;
  return device;
}

}  // namespace

const Device& test_device() {
  std::optional<Device>& device = shared_device();
  if (!device) {
    device = Device::open();
    device->forget_tuned();  // tests force what they test
  }
  return *device;
}

void close_test_device() {
  shared_device().reset();
}

}  // namespace ridgeback::test
