// SPDX-License-Identifier: Apache-2.0
// The device of the tests: one per process, opened on first use.
#pragma once

#include "ridgeback/runtime/device.hpp"

namespace ridgeback::test {

/// RIDGEBACK_DEVICE, or the best. Throws Unsupported where there is none, which fails the test.
[[nodiscard]] const Device& test_device();

/// Closes it, so that the end of a run sees what validation says of the closing too.
void close_test_device();

}  // namespace ridgeback::test
